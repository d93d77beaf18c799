// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the word that was probably meant. */
final class Nearest {
    private static final int FEW = 3;

    private Nearest() {}

    /** The word that differs from {@code written} in the fewest letters; empty if more than {@value #FEW} differ. */
    static Optional<String> of(String written, Collection<String> words) {
        return words.stream()
                .filter(word -> distance(written, word) <= Math.min(FEW, written.length() / 2))
                .min(Comparator.comparingInt(word -> distance(written, word)));
    }

    /** How many letters have to be changed, added or taken away (Levenshtein). */
    static int distance(String a, String b) {
        int[] before = new int[b.length() + 1];
        for (int j = 0; j < before.length; j++) {
            before[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] now = new int[before.length];
            now[0] = i;
            for (int j = 1; j < now.length; j++) {
                int changed = before[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                now[j] = Math.min(changed, Math.min(before[j], now[j - 1]) + 1);
            }
            before = now;
        }
        return before[b.length()];
    }
}
