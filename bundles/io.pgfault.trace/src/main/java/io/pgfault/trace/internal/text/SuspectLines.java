// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Looks for lines with a word that only IOMMUs have, in a log that gave no record so far: the search of Wu and Manber
 * with the first three bytes of each word.
 */
final class SuspectLines {
    private static final int LIMIT = 100_000;
    private static final List<String> WORDS = List.of("mmu", "MMU", "DMAR", "AMD-Vi", "VT-d", "VT-D", "vtd_", "e-dart");
    private static final byte[][] BYTES =
            WORDS.stream().map(word -> word.getBytes(StandardCharsets.US_ASCII)).toArray(byte[][]::new);

    private static final int PAIRS = 1 << 16;

    /**
     * How far the search may jump, by the two bytes that it looks at: 2 if no word has them among its first three
     * bytes, 1 if a word starts with them, 0 if they are a word's second and third.
     */
    private static final byte[] JUMPS = new byte[PAIRS];

    static {
        Arrays.fill(JUMPS, (byte) 2);
        for (byte[] word : BYTES) {
            int first = pair(word[0], word[1]);
            JUMPS[first] = (byte) Math.min(JUMPS[first], 1);
            JUMPS[pair(word[1], word[2])] = 0;
        }
    }

    private final UndecodedLines undecoded;
    private long seen;

    SuspectLines(UndecodedLines undecoded) {
        this.undecoded = undecoded;
    }

    /** Looks at whole lines; {@code first} is the number of the first one. */
    void scan(byte[] block, int to, long first) {
        long line = first;
        int counted = 0;
        int at = 2;
        while (at < to && seen < LIMIT) {
            int jump = JUMPS[pair(block[at - 1], block[at])];
            if (jump > 0) {
                at += jump;
                continue;
            }
            if (!word(block, at - 2, to)) {
                at++;
                continue;
            }
            seen++;
            int start = at - 2;
            while (start > counted && block[start - 1] != '\n') {
                start--;
            }
            int end = at;
            while (end < to && block[end] != '\n') {
                end++;
            }
            for (int i = counted; i < start; i++) {
                line += block[i] == '\n' ? 1 : 0;
            }
            counted = start;
            int length = Math.min(end - start, 1_000);
            undecoded.suspect(line, new String(block, start, length, StandardCharsets.UTF_8));
            at = end + 3;
        }
    }

    private static int pair(int first, int second) {
        return (first & 0xff) << 8 | (second & 0xff);
    }

    private static boolean word(byte[] block, int start, int to) {
        for (byte[] word : BYTES) {
            int i = 0;
            while (i < word.length && start + i < to && block[start + i] == word[i]) {
                i++;
            }
            if (i == word.length) {
                return true;
            }
        }
        return false;
    }
}
