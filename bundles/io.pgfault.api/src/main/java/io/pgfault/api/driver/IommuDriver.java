// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.nest.FirstStageInvalidation;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The driver of one unit turns the unit's records into reports, and responses into the unit's commands (kernel: {@code
 * struct iommu_ops}). An OSGi service, one for each unit. When the service is unregistered, the core removes the
 * devices of the queues that the service allocated, while the object still works (rules R06, C20). So a component may
 * tear its hardware down in its deactivate method.
 */
@ConsumerType
public interface IommuDriver {
    /** Service property, {@code String}: the unit's name, for example {@code dmar0}. Unique in a platform. */
    String UNIT_NAME = "io.pgfault.unit.name";

    /** Service property, {@code String}: the kind of unit, for example {@code vtd}. */
    String UNIT_KIND = "io.pgfault.unit.kind";

    /**
     * Result of {@link #secondStageAddress}: the fault is the first stage's. The value is no address, because an
     * address of a second stage has at most 52 bits.
     *
     * @since 1.1
     */
    long FIRST_STAGE = -1;

    /**
     * Sends the one response of a group to the device (kernel: {@code page_response}).
     *
     * <p>The core calls this method once for each closed group, on any thread, also on the event thread within {@code
     * report}, and on several threads at a time. The driver doesn't wait for a handler here.
     *
     * @param device the device that sent the group
     * @param pasid the PASID, or {@code Pasid.NONE} unless the request said that its response needs it (rule C10)
     * @param groupId the group index or stall tag of the request
     * @param private0 private data of the last request, low word
     * @param private1 private data of the last request, high word
     * @param code the answer
     */
    void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code);

    /**
     * Whether a response can reach this device. If not, the device can't be added to a fault queue (rule C02).
     */
    default boolean canRespond(Device device) {
        return true;
    }

    /**
     * Has {@code domain.pageTable()} translate the accesses of (device, pasid) from now on, in place of the table
     * before. When the call returns, the device uses nothing that it cached from the table before. One thread at a time
     * calls this method for a device. An exception makes the attach fail.
     *
     * @param pasid the PASID, or {@code Pasid.NONE} for the device's own accesses
     */
    default void attach(Device device, int pasid, Domain domain) {}

    /**
     * Has accesses of (device, pasid) translate to nothing. When the call returns, the device uses nothing that it
     * cached for these accesses; after the detach of a nested domain that includes every PASID that the domain served.
     * The core answers the pending groups after this call.
     */
    default void detach(Device device, int pasid) {}

    /**
     * Returns when no request of (device, pasid) that the device sent before the call is in the unit's queue, pending
     * in the core, or answered later (rule V10). The response deadline bounds the wait. The event thread doesn't call
     * this method.
     */
    default void drain(Device device, int pasid) throws InterruptedException {}

    /**
     * Returns when the device uses no cached translation of the pages from {@code first} to {@code last}, both byte
     * addresses, inclusive (rule S06). Any thread but the event thread calls this method.
     */
    default void invalidate(Device device, int pasid, long first, long last) {}

    /**
     * Returns when neither the unit nor the device uses what {@code invalidation} names of the nested domain that is
     * attached to (device, pasid) (rule N03). Any thread but the event thread calls this method.
     *
     * @throws IllegalArgumentException if the user's words are malformed; the message says which and why. Nothing has
     *     been invalidated
     * @throws UnsupportedOperationException if this unit nests no first stage of that architecture
     * @since 1.1
     */
    default void invalidate(Device device, int pasid, FirstStageInvalidation invalidation) {
        throw new UnsupportedOperationException(
                "device %s: its unit nests no first stage, so there is none to invalidate".formatted(device.name()));
    }

    /**
     * Says at which stage of a nested domain an access would fail now, so that the core offers its fault to the
     * handlers of that stage (rule N02). Reads the user's tables. The core calls this method on the event thread for
     * each request of a closed group whose domain has a {@code NestedTable}; the call doesn't block.
     *
     * @param permissions bits of {@code Permissions}
     * @return the address that the second stage was asked for and doesn't grant, of the page or of a table of the first
     *     stage; the address that the first stage gives if both stages grant the access by now; {@link #FIRST_STAGE} if
     *     the first stage doesn't grant the access
     * @since 1.1
     */
    default long secondStageAddress(Device device, int pasid, long address, int permissions) {
        return FIRST_STAGE;
    }
}
