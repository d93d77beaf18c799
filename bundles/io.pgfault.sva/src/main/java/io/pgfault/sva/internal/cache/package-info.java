// SPDX-License-Identifier: Apache-2.0

/**
 * The page cache: memory that several areas can map, and its write-back and reclaim.
 * {@link io.pgfault.sva.internal.cache.MemoryObject} is a file or shared anonymous memory,
 * {@link io.pgfault.sva.internal.cache.CachedPage} one page of an object, {@link io.pgfault.sva.internal.cache.Mapper}
 * the address space that maps the page.
 *
 * <p>The rooms {@code memory} and {@code space} enter; this room knows {@code frame} and {@code file}. Any thread. Lock
 * order: page lock of an address space, monitor of a {@code CachedPage}, cluster lock of a file; the write-back lock of
 * an object comes before the monitor of a {@code CachedPage}. A thread that calls
 * {@link io.pgfault.sva.internal.cache.Reclaim} holds none of these.
 */
package io.pgfault.sva.internal.cache;
