// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.nest.FirstStageInvalidation;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The I/O page fault framework (kernel: {@code io-pgfault.c}), a service of the core. Drivers report requests here;
 * owners of address spaces allocate and attach domains here. Any thread may call any method that doesn't say otherwise.
 */
@ProviderType
public interface IoPageFaults {

    // Queues and devices

    /**
     * Allocates a fault queue, one for each unit (rule C01; kernel: {@code iopf_queue_alloc}).
     *
     * @param name the unit's name
     * @throws IllegalStateException if a queue of that name exists
     */
    FaultQueue allocate(String name);

    /** The fault queues there are now. */
    List<FaultQueue> queues();

    /**
     * Makes a device known (kernel: {@code iommu_probe_device}). The device has its fault parameter from now on and is
     * in no queue: the core answers its groups INVALID until {@link FaultQueue#add}.
     *
     * @param driver the driver that sends this device's responses
     * @param unit the name of the driver's unit
     * @param name the device's name
     * @param id the device's requester id or StreamID
     */
    Device probe(IommuDriver driver, String unit, String name, int id);

    /**
     * Releases a device: the core removes the device from its queue (rule C12) and detaches its domains. Later reports
     * for the device fail. Idempotent.
     */
    void release(Device device);

    // Faults

    /**
     * Reports one page request (rules C03 to C07; kernel: {@code iommu_report_device_fault}). The core keeps a request
     * that is not last. A last request closes its group; the core hands the group to a handler of its domain and has it
     * answered once, also if this report fails. The call allocates nothing for a request and waits for no handler that
     * is not inline.
     *
     * <p>The driver's event thread calls this method. Calls for one device don't overlap with each other; they may
     * overlap with calls of every other method.
     *
     * @param flags bits of {@link PageRequest}
     * @param pasid the PASID if {@link PageRequest#PASID_VALID} is set, else ignored
     * @param groupId the group index or stall tag, not negative
     * @param permissions bits of {@code Permissions}
     * @param address the faulting address in bytes
     * @param private0 private data, low word, 0 when absent
     * @param private1 private data, high word, 0 when absent
     */
    Report report(
            Device device,
            int flags,
            int pasid,
            int groupId,
            int permissions,
            long address,
            long private0,
            long private1);

    /** Reports a request given as a value. */
    default Report report(Device device, PageRequest request) {
        return report(
                device,
                request.flags(),
                request.pasid(),
                request.groupId(),
                request.permissions(),
                request.address(),
                request.private0(),
                request.private1());
    }

    /**
     * Says that a driver's checks refused a request of a known device (rule V05). If the request is last, the core
     * drops the group's partials and gives the driver the response INVALID. If not, the core poisons the group, and
     * answers it INVALID at its last request. The core counts a bad request, and neither a request nor a group.
     */
    void reject(Device device, int flags, int pasid, int groupId, long private0, long private1);

    // Domains

    /**
     * Allocates a domain.
     *
     * @param kind the kind that handlers are chosen by
     * @param name for people
     * @param pageTable what units walk for accesses in this domain; a {@code NestedTable} nests the domain on another
     *     one, which can't be freed before (rules N01, C19)
     * @param nested see {@link Domain#nested}
     * @throws IllegalArgumentException if the second stage of a {@code NestedTable} is nested itself
     * @throws IllegalStateException if the second stage of a {@code NestedTable} has been freed
     */
    Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested);

    /**
     * Attaches a domain to (device, pasid) in place of the domain that was attached there. Before the call returns, the
     * core answers INVALID every open group of the old attachment (rule C19).
     *
     * @param pasid a PASID, or {@code Pasid.NONE} for requests without one
     * @throws IllegalStateException if the domain has been freed or the device released
     */
    void attach(Device device, int pasid, Domain domain);

    /**
     * Attaches a domain to (device, pasid) as {@link #attach} does, if {@code expected} is what is attached there. So
     * an owner takes no place that belongs to another owner.
     *
     * @param expected the domain that is to be replaced, {@code null} if nothing may be attached there
     * @return false if something else is attached there; nothing has changed
     * @throws IllegalStateException as {@link #attach}
     * @throws UnsupportedOperationException if this framework can't
     * @since 1.1
     */
    default boolean replace(Device device, int pasid, Domain expected, Domain domain) {
        throw new UnsupportedOperationException("domain " + domain.name() + " can replace no other in this framework");
    }

    /**
     * The devices to which a domain is attached with {@code pasid} now.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @throws UnsupportedOperationException if this framework can't
     * @since 1.1
     */
    default List<Device> devices(Domain domain, int pasid) {
        throw new UnsupportedOperationException("this framework doesn't list the devices of domain " + domain.name());
    }

    /**
     * Detaches the domain that is attached to (device, pasid), if there is one. Before the call returns, the core
     * answers INVALID every open group of the attachment (rule C19).
     */
    void detach(Device device, int pasid);

    /**
     * Detaches a domain everywhere, and every domain that is nested on it, so that its owner can free it. Before the
     * call returns, the core answers INVALID every open group of the domain (rule C19).
     *
     * @throws UnsupportedOperationException if this framework can't
     */
    default void detach(Domain domain) {
        throw new UnsupportedOperationException("domain " + domain.name() + " has to be detached device by device");
    }

    /** Has the device's driver drain (device, pasid), see {@link IommuDriver#drain}. */
    void drain(Device device, int pasid) throws InterruptedException;

    /**
     * Has the drivers of all devices that {@code domain} is attached to invalidate the pages from {@code first} to
     * {@code last} (byte addresses, inclusive). Returns when no device uses a cached translation of these pages (rule
     * S06). Domains that are nested on {@code domain} are invalidated as a whole, because the core doesn't know which
     * of their addresses lead there.
     */
    void invalidate(Domain domain, long first, long last);

    /**
     * Has the drivers of all devices that a nested domain is attached to invalidate what {@code invalidation} names.
     * Returns when no device uses what it names (rule N03).
     *
     * @throws IllegalArgumentException if the user's words are malformed, or {@code domain} has no first stage; the
     *     message says which and why
     * @throws UnsupportedOperationException if this framework can't
     * @since 1.1
     */
    default void invalidate(Domain domain, FirstStageInvalidation invalidation) {
        throw new UnsupportedOperationException("domain " + domain.name() + " can't be nested in this framework");
    }
}
