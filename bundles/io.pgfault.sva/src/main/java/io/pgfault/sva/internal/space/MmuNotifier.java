// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

/**
 * Learns when mappings of an address space go or lose permissions (kernel: {@code struct mmu_notifier}). Any thread.
 */
public interface MmuNotifier {
    /**
     * Returns when no device uses a cached translation of a range (rule S06). The page table has changed before the
     * call.
     *
     * @param first byte address of the first page
     * @param last byte address in the last page, inclusive
     */
    void invalidate(long first, long last);
}
