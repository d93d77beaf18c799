// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

/** Process address space ids: 20 bits (PCIe 6.0 §6.20). */
public final class Pasid {
    /** The largest PASID. */
    public static final int MAX = (1 << 20) - 1;

    /** Stands for "no PASID" wherever a PASID is passed as an {@code int}. */
    public static final int NONE = -1;

    private Pasid() {}

    /** Whether {@code pasid} is a PASID, 0 to {@link #MAX}; false for {@link #NONE}. */
    public static boolean isValid(int pasid) {
        return pasid >= 0 && pasid <= MAX;
    }
}
