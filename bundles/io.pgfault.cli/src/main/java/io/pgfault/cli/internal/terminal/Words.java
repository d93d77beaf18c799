// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.terminal;

import java.util.List;
import java.util.Set;

/**
 * The command that a line of the shell ends in: Gogo puts commands behind each other with {@code |}, {@code ;} and
 * {@code &&}.
 *
 * @param before the words of the command before the one at the cursor, its name first; empty at the name
 * @param current the word at the cursor, up to the cursor
 */
record Words(List<String> before, String current) {
    private static final Set<String> SEPARATORS = Set.of("|", ";", "&&", "||");

    /**
     * The command at the cursor.
     *
     * @param words all words of the line
     * @param at the number of the word at the cursor
     * @param current that word, up to the cursor
     */
    static Words at(List<String> words, int at, String current) {
        int first = at;
        while (first > 0 && !SEPARATORS.contains(words.get(first - 1))) {
            first--;
        }
        return new Words(List.copyOf(words.subList(first, at)), current);
    }

    /** Whether the word at the cursor is the name of a command. */
    boolean isName() {
        return before.isEmpty();
    }
}
