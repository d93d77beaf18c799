// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

/** The way of an ATS invalidation request to one device. Any thread. */
@FunctionalInterface
public interface DeviceTlb {
    /**
     * Returns when the device uses no translation of a range.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @param first address of the first byte
     * @param last address of the last byte; the range doesn't wrap, signed or unsigned
     */
    void invalidate(int pasid, long first, long last);

    /** Returns when the device uses no translation of a PASID. */
    default void invalidate(int pasid) {
        // Two halves of the address space: neither range wraps, signed or unsigned.
        invalidate(pasid, 0, Long.MAX_VALUE);
        invalidate(pasid, Long.MIN_VALUE, -1);
    }
}
