// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

/** Permission bits of page requests, areas and translations (kernel: {@code IOMMU_FAULT_PERM_*}). */
public final class Permissions {
    /** The device reads. */
    public static final int READ = 1 << 0;

    /** The device writes. */
    public static final int WRITE = 1 << 1;

    /** The device fetches instructions. */
    public static final int EXEC = 1 << 2;

    /**
     * The device makes the access in privileged mode. An area doesn't grant this bit: the bit says how the access is
     * made.
     */
    public static final int PRIV = 1 << 3;

    private Permissions() {}

    /** The bits as four letters in the order {@code rwxp}, a dash for each that is clear. */
    public static String toString(int permissions) {
        return ((permissions & READ) != 0 ? "r" : "-")
                + ((permissions & WRITE) != 0 ? "w" : "-")
                + ((permissions & EXEC) != 0 ? "x" : "-")
                + ((permissions & PRIV) != 0 ? "p" : "-");
    }
}
