// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab;

/**
 * What no handler beats that grants every access that the areas grant. The oracle knows the future: it populates each
 * page just before its first touch, for every access that comes, and nothing else.
 *
 * @param accesses how many accesses the trace has
 * @param failed how many of them the areas refuse
 * @param pages how many pages the granted accesses touch: no handler populates fewer, and no peak is lower
 * @param groups the least number of groups: one for each refused access to a page, and one for the first page if a
 *     granted access comes first; a handler acts only when it is called
 * @param waited the least time that the device waits, in nanoseconds
 * @param tlbMisses the least number of translations that the device asks for: one for each page, and each refusal
 */
public record Bound(long accesses, long failed, long pages, long groups, long waited, long tlbMisses) {
    /**
     * Returns the least number of groups for a handler that populates at most {@code batch} pages between two groups.
     * If {@code batch} is the group size, the bound is what the device needs when the handler guesses nothing.
     *
     * @param batch at least 1
     */
    public long groups(long batch) {
        return Math.max(groups, (pages + batch - 1) / batch);
    }
}
