// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.Translation;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The present pages and their permissions. The queue's thread grants pages, any thread looks pages up.
 *
 * <p>The pages are in an open-addressed table of words. A word is the {@link Translation} of a page to itself, and 0 is
 * a free word. When the table is half full, the queue's thread copies the words into a table of twice the size and
 * replaces the table as a whole, so that a reading thread sees the old table or the new table.
 */
final class GrantedPages {
    private static final int FIRST_SLOTS = 1 << 10;
    private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

    private final int bound;
    /** The table of words. The queue's thread writes and replaces it; any thread reads it. */
    private volatile AtomicLongArray table = new AtomicLongArray(FIRST_SLOTS);
    /** The count of present pages. Only the queue's thread reads and writes it. */
    private int count;

    /** @param bound the bound of present pages */
    GrantedPages(int bound) {
        this.bound = bound;
    }

    /** The translation of the page that holds {@code address}; {@link Translation#NONE} if the page is not present. */
    long find(long address) {
        AtomicLongArray words = table;
        return words.get(slot(words, address & -Translation.PAGE_SIZE));
    }

    /**
     * Adds permissions to a page.
     *
     * @return false if the page is not present and {@code bound} other pages are present
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

    /** The index of a page's word, or of the free word for the page. */
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
