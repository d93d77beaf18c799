// SPDX-License-Identifier: Apache-2.0

/**
 * The page table of an address space: {@link io.pgfault.sva.internal.table.RadixPageTable}, a radix tree of 52-bit page
 * numbers whose entries are {@link io.pgfault.sva.internal.table.PageEntry}.
 *
 * <p>The room {@code space} enters; this room knows none of the others. Any thread; a walk takes no lock.
 */
package io.pgfault.sva.internal.table;
