// SPDX-License-Identifier: Apache-2.0

/**
 * Address spaces: {@link io.pgfault.sva.internal.space.ProcessAddressSpace} is the facade,
 * {@link io.pgfault.sva.internal.space.Areas} says what each address is, {@link io.pgfault.sva.internal.space.Pages}
 * populates and unmaps pages, {@link io.pgfault.sva.internal.space.ConfiguredAddressSpace} makes address spaces from
 * configuration.
 *
 * <p>The room {@code bind} enters; this room knows {@code memory}, {@code cache}, {@code frame} and {@code table}. Any
 * thread. Lock order: monitor of the address space, page lock, then the locks of {@code cache}.
 */
package io.pgfault.sva.internal.space;
