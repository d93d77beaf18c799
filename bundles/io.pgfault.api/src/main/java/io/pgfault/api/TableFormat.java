// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

/** Formats of page tables in memory; all have pages of 4 KiB and tables of 512 entries of 64 bits. */
public enum TableFormat {
    /** x86-64, four levels, 48-bit addresses (SDM vol 3 §4.5; VT-d 4.1 §9.7). */
    X86_FOUR_LEVELS,
    /** x86-64, five levels, 57-bit addresses (SDM vol 3 §4.5; VT-d 4.1 §9.7). */
    X86_FIVE_LEVELS,
    /** AArch64 stage 1 (VMSAv8-64), 4 KiB granule, four levels, 48-bit addresses (Arm ARM D8). */
    AARCH64_FOUR_LEVELS
}
