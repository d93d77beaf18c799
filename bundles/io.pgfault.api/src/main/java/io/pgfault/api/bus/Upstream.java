// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import io.pgfault.api.Device;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A connected device's way to its unit. Implemented by the unit, called by the device model. Any thread; calls of one
 * device may overlap.
 */
@ConsumerType
public interface Upstream extends AutoCloseable {
    /** Returned by {@link #transact}: the transaction is stalled and will be resumed or terminated. */
    long STALLED = 1L << 4;

    /** The device as the framework knows it. */
    Device device();

    /**
     * A PCIe ATS translation request for the page that holds {@code address}.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @return a {@code Translation}: what the page table grants now, whether or not that is enough for the device;
     *     {@code Translation.NONE} if nothing is mapped
     */
    long translate(int pasid, long address);

    /**
     * A PCIe page request message. If {@code last}, exactly one {@link Downstream#pageGroupResponse} for the group
     * follows, possibly before this returns and on the same thread (rule V02), unless the device is disconnected first.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @param prgIndex the page request group index, 9 bits
     * @param permissions bits of {@code Permissions}; none at all with {@code last} and a PASID is a stop marker
     */
    void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last);

    /**
     * An untranslated transaction of a device whose transactions may stall (SMMUv3). On a unit that doesn't stall it
     * translates or faults for good.
     *
     * @param transaction the device's own number for it, given back with {@link Downstream#resume}; not in use by
     *     another stalled transaction of this device
     * @return a {@code Translation} that grants {@code permissions}, {@link #STALLED}, or {@code Translation.NONE} if
     *     the transaction was aborted
     */
    long transact(int transaction, int pasid, int permissions, long address);

    /** Disconnects the device: the driver removes it (rules C12, A09). Idempotent. */
    @Override
    void close();
}
