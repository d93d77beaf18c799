// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.Translation;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which pages are present, and for what. One thread grants, any thread looks up.
 *
 * <p>An open-addressed table of words that are {@link Translation}s of a page to itself; 0 is free, since a page that is
 * there grants something. It is at most half full, doubles, and is then replaced as a whole: a reader sees the old one
 * or the new one.
 */
final class GrantedPages {
    private static final int FIRST_SLOTS = 1 << 10;
    private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

    private final int bound;
    private volatile AtomicLongArray table = new AtomicLongArray(FIRST_SLOTS);
    private int count;

    /** @param bound how many pages may be present */
    GrantedPages(int bound) {
        this.bound = bound;
    }

    /** What is granted for the page that holds {@code address}; {@link Translation#NONE} if nothing is. */
    long find(long address) {
        AtomicLongArray words = table;
        return words.get(slot(words, address & -Translation.PAGE_SIZE));
    }

    /**
     * Adds permissions to those of a page.
     *
     * @return false if the page is not present and too many are
     */
    boolean grant(long address, int permissions) {
        if (permissions == 0) {
            return true;
        }
        AtomicLongArray words = table;
        long page = address & -Translation.PAGE_SIZE;
        int slot = slot(words, page);
        long before = words.get(slot);
        if (before == Translation.NONE) {
            if (count >= bound) {
                return false;
            }
            if (count >= words.length() / 2) {
                words = grown(words);
                table = words;
                slot = slot(words, page);
            }
            count++;
        }
        words.set(slot, before | Translation.of(page, permissions));
        return true;
    }

    private static AtomicLongArray grown(AtomicLongArray words) {
        AtomicLongArray larger = new AtomicLongArray(words.length() * 2);
        for (int i = 0; i < words.length(); i++) {
            long word = words.get(i);
            if (word != Translation.NONE) {
                larger.set(slot(larger, Translation.address(word)), word);
            }
        }
        return larger;
    }

    /** Where a page is, or would be. */
    private static int slot(AtomicLongArray words, long page) {
        int mask = words.length() - 1;
        int slot = (int) ((page * SPREAD) >>> 32) & mask;
        while (true) {
            long word = words.get(slot);
            if (word == Translation.NONE || Translation.address(word) == page) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }
}
