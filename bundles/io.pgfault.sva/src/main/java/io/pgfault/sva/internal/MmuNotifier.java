// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

/** Is told when mappings of an address space go or lose permissions (kernel: {@code struct mmu_notifier}). */
interface MmuNotifier {
    /**
     * Returns when no device uses a cached translation of the pages from {@code first} to {@code last}, byte addresses,
     * inclusive (rule S06). The page table has been changed already.
     */
    void invalidate(long first, long last);
}
