// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import io.pgfault.api.TableFormat;

/**
 * How an architecture writes the entries of a page table: a codec without state between {@link PageEntry} and 64-bit
 * words. A word that maps a page holds two bits more than hardware looks at, in bits that the architecture leaves to
 * software: FRAME, the page has a frame, also if the page's area grants nothing and the word is not present to
 * hardware; and READ, the area grants reading, which hardware grants together with writing anyway.
 */
public sealed interface EntryFormat permits X86Entries, Aarch64Entries {
    /** Entries of a table, in powers of two. */
    int INDEX_BITS = 9;

    /** The codec of a format. */
    static EntryFormat of(TableFormat format) {
        return switch (format) {
            case X86_FOUR_LEVELS, X86_FIVE_LEVELS -> new X86Entries(format);
            case AARCH64_FOUR_LEVELS -> new Aarch64Entries();
        };
    }

    /** The format. */
    TableFormat format();

    /** How many levels of tables there are, 4 or 5. */
    int levels();

    /** The highest page number that user addresses reach. */
    long lastPage();

    /** The word that points to a table of the next level. */
    long table(long address);

    /** Whether a word of an upper level points to a table. */
    boolean isTable(long word);

    /** The address in a word that points to a table or maps a page. */
    long address(long word);

    /** The word for a present entry, without marks. */
    long word(long entry);

    /** The entry that a word stands for, with what the area grants; {@link PageEntry#NONE} if there is no frame. */
    long entry(long word);

    /** What hardware reads in a word: a {@code Translation}, which may grant reading where the area doesn't. */
    long translation(long word);

    /** The bit that hardware sets when it uses a word that maps a page. */
    long accessed();

    /** The bits that hardware sets: accessed, and dirty if there is such a bit. A change of an entry keeps them. */
    long marks();
}
