// SPDX-License-Identifier: Apache-2.0

/**
 * The machine's memory, put together: {@link io.pgfault.sva.internal.memory.SystemMemory} is the component that makes
 * the frame allocator, the page cache and reclaim, and registers them as one.
 *
 * <p>The rooms {@code space} and {@code bind} enter; this room knows {@code frame} and {@code cache}. Any thread.
 */
package io.pgfault.sva.internal.memory;
