// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The part that speaks to one unit: turns records into reports and responses into commands (kernel: {@code struct
 * iommu_ops}). An OSGi service, one for each unit; when the service goes, the core removes the unit's devices while the
 * object still works (rule R06), so a component may tear its hardware down in its deactivate method.
 */
@ConsumerType
public interface IommuDriver {
    /** Service property, {@code String}: the unit's name, for example {@code dmar0}. Unique in a platform. */
    String UNIT_NAME = "io.pgfault.unit.name";

    /** Service property, {@code String}: the kind of unit, for example {@code vtd}. */
    String UNIT_KIND = "io.pgfault.unit.kind";

    /**
     * Sends the one response of a group to the device (kernel: {@code page_response}).
     *
     * <p>Called once for each closed group, on any thread, the event thread within {@code report} included; several
     * threads at a time. Must not wait for a handler.
     *
     * @param device the device that asked
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
     * From now on accesses of (device, pasid) are translated by {@code domain.pageTable()}; replaces what was attached
     * there. Called by one thread at a time for each device. An exception makes the attach fail.
     *
     * @param pasid the PASID, or {@code Pasid.NONE} for the device's own accesses
     */
    default void attach(Device device, int pasid, Domain domain) {}

    /**
     * From when this returns, accesses of (device, pasid) translate to nothing, and nothing that the device cached for
     * them is used. Groups that are still pending are answered by the core after this call.
     */
    default void detach(Device device, int pasid) {}

    /**
     * Returns when no request of (device, pasid) that the device sent before the call is in the unit's queue, pending in
     * the core, or answered later (rule V10 or its like). Bounded by the response deadline. Not called on the event
     * thread.
     */
    default void drain(Device device, int pasid) throws InterruptedException {}

    /**
     * Returns when the device uses no cached translation of the pages from {@code first} to {@code last}, both byte
     * addresses, inclusive (rule S06). Any thread but the event thread.
     */
    default void invalidate(Device device, int pasid, long first, long last) {}
}
