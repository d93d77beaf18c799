// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.device;

import io.pgfault.api.Translation;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.UnreadableInput;

/**
 * The device's queue of work: the access that the device makes now, and the ones after it, which the device knows
 * already. An access has one page, or more where it crosses pages. One thread.
 */
final class AccessQueue {
    private static final long OFFSET_MASK = Translation.PAGE_SIZE - 1;

    private final AccessSource trace;
    private final long[] addresses;
    private final int[] sizes;
    private final int[] permissions;
    private int head;
    private int filled;

    /** Reads {@code trace} up to {@code ahead} accesses ahead of the device. */
    AccessQueue(AccessSource trace, int ahead) {
        this.trace = trace;
        this.addresses = new long[ahead + 1];
        this.sizes = new int[ahead + 1];
        this.permissions = new int[ahead + 1];
    }

    /** Goes to the next access; false at the end. */
    boolean next() throws UnreadableInput {
        if (filled > 0) {
            head = (head + 1) % addresses.length;
            filled--;
        }
        while (filled < addresses.length && trace.next()) {
            int at = (head + filled) % addresses.length;
            addresses[at] = trace.address();
            sizes[at] = trace.size();
            permissions[at] = trace.permissions();
            filled++;
        }
        return filled > 0;
    }

    /** How many accesses the device knows, the current one included. */
    int known() {
        return filled;
    }

    /** What access {@code i} needs; 0 is the current one. */
    int permissions(int i) {
        return permissions[(head + i) % addresses.length];
    }

    /** How many pages access {@code i} touches. */
    int pages(int i) {
        int at = (head + i) % addresses.length;
        return (int) ((((addresses[at] & OFFSET_MASK) + sizes[at] - 1) >> Translation.PAGE_SHIFT) + 1);
    }

    /** The number of page {@code j} of access {@code i}. */
    long page(int i, int j) {
        long first = addresses[(head + i) % addresses.length] >>> Translation.PAGE_SHIFT;
        return (first + j) & (-1L >>> Translation.PAGE_SHIFT);
    }
}
