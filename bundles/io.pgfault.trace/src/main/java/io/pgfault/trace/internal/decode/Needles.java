// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds lines that may matter among those that can't, by words of which every message has one, and whose messages they
 * are. The search of Wu and Manber: a window of the words' common length looks at its last two bytes; a table knows how
 * far it may jump, because no word has these two bytes nearer to its end.
 */
final class Needles {
    /** Length of every word. */
    static final int LENGTH = 8;

    private static final int PAIRS = 1 << 16;

    private final List<byte[]> words = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private final List<Grammar> grammars = new ArrayList<>();
    private final byte[] jumps = new byte[PAIRS];

    Needles(List<Grammar> all) {
        Arrays.fill(jumps, (byte) (LENGTH - 1));
        for (Grammar grammar : all) {
            for (String text : grammar.needles()) {
                byte[] word = text.getBytes(StandardCharsets.US_ASCII);
                if (word.length != LENGTH) {
                    throw new IllegalArgumentException("a needle has %d characters: %s".formatted(LENGTH, text));
                }
                texts.add(text);
                words.add(word);
                grammars.add(grammar);
                for (int i = 1; i < LENGTH; i++) {
                    int pair = pair(word[i - 1], word[i]);
                    jumps[pair] = (byte) Math.min(jumps[pair], LENGTH - 1 - i);
                }
            }
        }
    }

    private static int pair(int first, int second) {
        return (first & 0xff) << 8 | (second & 0xff);
    }

    /** Index of the first word in this part of the array, -1 if there is none. */
    int find(byte[] bytes, int from, int to) {
        int at = from + LENGTH - 1;
        while (at < to) {
            int jump = jumps[pair(bytes[at - 1], bytes[at])];
            if (jump > 0) {
                at += jump;
            } else {
                int start = at - LENGTH + 1;
                for (byte[] word : words) {
                    if (Arrays.equals(word, 0, LENGTH, bytes, start, start + LENGTH)) {
                        return start;
                    }
                }
                at++;
            }
        }
        return -1;
    }

    /** Index of the first word in the text at or after {@code from}, -1 if there is none. */
    int find(String text, int from) {
        int at = from + LENGTH - 1;
        while (at < text.length()) {
            int jump = jumps[pair(text.charAt(at - 1), text.charAt(at))];
            if (jump > 0) {
                at += jump;
            } else if (grammar(text, at - LENGTH + 1) != null) {
                return at - LENGTH + 1;
            } else {
                at++;
            }
        }
        return -1;
    }

    /** Whose word stands there; null if none does. */
    Grammar grammar(String text, int at) {
        for (int i = 0; i < texts.size(); i++) {
            if (text.startsWith(texts.get(i), at)) {
                return grammars.get(i);
            }
        }
        return null;
    }
}
