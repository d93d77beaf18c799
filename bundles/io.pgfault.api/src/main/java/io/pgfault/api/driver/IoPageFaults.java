// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The I/O page fault framework (kernel: {@code io-pgfault.c}). The core registers it as a service; drivers report to it,
 * the owners of address spaces allocate and attach domains. All methods may be called on any thread unless they say
 * otherwise.
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
     * Makes a device known (kernel: {@code iommu_probe_device}). It has its fault parameter from now on and is in no
     * queue yet: its requests are refused until {@link FaultQueue#add}.
     *
     * @param driver who sends this device's responses
     * @param unit the name of the driver's unit
     * @param name the device's name
     * @param id its requester id or StreamID
     */
    Device probe(IommuDriver driver, String unit, String name, int id);

    /**
     * Forgets a device: removes it from its queue (rule C12) and detaches its domains. Idempotent. Afterwards reports
     * for it fail.
     */
    void release(Device device);

    // Faults

    /**
     * Reports one page request (rules C03 to C07; kernel: {@code iommu_report_device_fault}). A request that is not last
     * is kept; a last one closes its group, which is handed to a handler of its domain and answered once, also if this
     * report fails. Does not allocate for a request and never waits for a handler that is not inline.
     *
     * <p>Called by the driver's event thread; calls for one device must not overlap with each other, but may with every
     * other method.
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
     * Says that a driver's checks refused a request of a known device (rule V05). If it is last, its group's partials
     * are dropped and the driver gets the response INVALID for it; if not, its group is poisoned and will be answered
     * INVALID at its last request. Counts a bad request; not a request and not a group, because nothing was reported.
     */
    void reject(Device device, int flags, int pasid, int groupId, long private0, long private1);

    // Domains

    /**
     * Allocates a domain.
     *
     * @param kind the kind that handlers are chosen by
     * @param name for people
     * @param pageTable what units walk for accesses in this domain
     * @param nested see {@link Domain#nested}
     */
    Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested);

    /**
     * Attaches a domain to (device, pasid), replacing what was there. Groups of the old attachment that are not answered
     * yet are answered INVALID before the call returns (rule C19).
     *
     * @param pasid a PASID, or {@code Pasid.NONE} for requests without one
     * @throws IllegalStateException if the domain has been freed or the device released
     */
    void attach(Device device, int pasid, Domain domain);

    /**
     * Detaches what is attached to (device, pasid), if anything. Its groups that are not answered yet are answered
     * INVALID before the call returns (rule C19).
     */
    void detach(Device device, int pasid);

    /**
     * Detaches a domain from wherever it is attached, for its owner to take it back. Its groups that are not answered yet
     * are answered INVALID before the call returns (rule C19).
     *
     * @throws UnsupportedOperationException if this framework can't
     */
    default void detach(Domain domain) {
        throw new UnsupportedOperationException("domain " + domain.name() + " has to be detached device by device");
    }

    /** Has the device's driver drain (device, pasid), see {@link IommuDriver#drain}. */
    void drain(Device device, int pasid) throws InterruptedException;

    /**
     * Has the drivers of all devices that {@code domain} is attached to forget the pages from {@code first} to {@code
     * last} (byte addresses, inclusive); returns when no device uses a cached translation of them (rule S06).
     */
    void invalidate(Domain domain, long first, long last);
}
