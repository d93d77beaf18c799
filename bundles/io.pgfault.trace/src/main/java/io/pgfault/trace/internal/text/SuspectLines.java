// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Looks for lines with a word that only IOMMUs have, in a log that gave no record so far. A word is found by its rarest
 * letters, so that other lines cost a scan.
 */
final class SuspectLines {
    private static final int LIMIT = 100_000;
    private static final List<String> WORDS =
            List.of("mmu", "MMU", "DMAR", "AMD-Vi", "VT-d", "VT-D", "vtd_", "apple-dart", "ontext bank");
    private static final byte[][] BYTES =
            WORDS.stream().map(word -> word.getBytes(StandardCharsets.US_ASCII)).toArray(byte[][]::new);

    /**
     * For the third byte of a text: 3 if no word has it among its first three, else how far a word may start before.
     */
    private static final byte[] JUMPS = new byte[256];

    static {
        for (int i = 0; i < JUMPS.length; i++) {
            JUMPS[i] = 3;
        }
        for (byte[] word : BYTES) {
            for (int i = 0; i < 3; i++) {
                JUMPS[word[i]] = (byte) Math.min(JUMPS[word[i]], 2 - i);
            }
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
            int jump = JUMPS[block[at] & 0xff];
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
