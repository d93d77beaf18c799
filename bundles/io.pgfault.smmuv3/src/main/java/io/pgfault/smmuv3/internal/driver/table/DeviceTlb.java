// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

/** The way of an ATS invalidation request to one device, and of the news of its tables. Any thread. */
@FunctionalInterface
public interface DeviceTlb {
    /**
     * Returns when the device uses no translation of a range.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @param first address of the first byte, unsigned
     * @param last address of the last byte, unsigned
     */
    void invalidate(int pasid, long first, long last);

    /** As {@code Downstream.tablesChanged}. */
    default void tablesChanged(int pasid) {}

    /** Returns when the device uses no translation of a PASID. */
    default void invalidate(int pasid) {
        invalidate(pasid, 0, -1L);
    }
}
