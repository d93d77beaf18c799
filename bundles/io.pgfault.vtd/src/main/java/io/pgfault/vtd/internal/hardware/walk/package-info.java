// SPDX-License-Identifier: Apache-2.0
/**
 * How a unit finds the page table of a request and walks it: it reads bytes of memory and nothing else (rules T01 to
 * T04, T06). {@code TranslationStructures} goes from the root to a {@link
 * io.pgfault.vtd.internal.hardware.walk.PagingContext}; {@code FirstStage} and {@code SecondStage} walk paging entries;
 * {@link io.pgfault.vtd.internal.hardware.walk.Walk} is the result, which the calling thread owns and uses again.
 *
 * <p>Nothing here has state beside the memory; any thread walks, and tables may change meanwhile. A walk throws nothing
 * whatever the bytes are, and allocates nothing. This room knows the codecs of {@code spec} and no other room.
 */
package io.pgfault.vtd.internal.hardware.walk;
