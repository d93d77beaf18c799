// SPDX-License-Identifier: Apache-2.0

/**
 * The page table of an address space, a {@link io.pgfault.sva.internal.table.PageMap} with an entry for each page
 * number. {@link io.pgfault.sva.internal.table.FramePageTable} lies in page frames in the format of an architecture, as
 * an {@link io.pgfault.sva.internal.table.EntryFormat} writes it, and units read it.
 * {@link io.pgfault.sva.internal.table.RadixPageTable} is made of objects, for recorded pages, which have no memory.
 *
 * <p>The room {@code space} enters; this room knows {@code frame}. Any thread; a reader takes no lock.
 */
package io.pgfault.sva.internal.table;
