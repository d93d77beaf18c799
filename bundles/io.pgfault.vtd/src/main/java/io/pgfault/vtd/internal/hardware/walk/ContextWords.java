// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

/**
 * A present context entry.
 *
 * @param word0 word 0
 * @param word1 word 1
 * @param paging in legacy mode what the entry says about page tables; null in scalable mode
 */
public record ContextWords(long word0, long word1, PagingContext paging) {}
