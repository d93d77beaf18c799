// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import io.pgfault.trace.grammar.LogGrammar;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds needles in a line, and the grammars whose messages have each needle. Every message has a needle. The search of
 * Wu and Manber: a window of the words' common length looks at its last two bytes; a table knows how far it may jump,
 * because no word has these two bytes nearer to its end.
 */
public final class LineIndex {
    /** Length of every word. */
    public static final int LENGTH = LogGrammar.NEEDLE_LENGTH;

    private static final int PAIRS = 1 << 16;

    private final List<String> texts = new ArrayList<>();
    private final List<List<LogGrammar>> grammars = new ArrayList<>();
    private final byte[] jumps = new byte[PAIRS];

    /** For the last two bytes of a window: the indexes of the words with these bytes in {@link #texts}. */
    private final int[][] indexes = new int[PAIRS][];

    /** An index of the needles of all grammars. */
    public LineIndex(List<LogGrammar> all) {
        Arrays.fill(jumps, (byte) (LENGTH - 1));
        for (LogGrammar grammar : all) {
            for (String text : grammar.needles()) {
                byte[] word = text.getBytes(StandardCharsets.US_ASCII);
                if (word.length != LENGTH) {
                    throw new IllegalArgumentException("a needle has %d characters: %s".formatted(LENGTH, text));
                }
                int known = texts.indexOf(text);
                if (known >= 0) {
                    grammars.get(known).add(grammar);
                    continue;
                }
                texts.add(text);
                grammars.add(new ArrayList<>(List.of(grammar)));
                int last = pair(word[LENGTH - 2], word[LENGTH - 1]);
                int[] numbers = indexes[last] == null ? new int[0] : indexes[last];
                indexes[last] = Arrays.copyOf(numbers, numbers.length + 1);
                indexes[last][numbers.length] = texts.size() - 1;
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

    /** Index of the first word in the text at or after {@code from}, -1 if there is none. */
    public int find(String text, int from) {
        int at = from + LENGTH - 1;
        while (at < text.length()) {
            int jump = jumps[pair(text.charAt(at - 1), text.charAt(at))];
            if (jump > 0) {
                at += jump;
            } else if (!grammars(text, at - LENGTH + 1).isEmpty()) {
                return at - LENGTH + 1;
            } else {
                at++;
            }
        }
        return -1;
    }

    /** All words, each once. */
    List<String> words() {
        return texts;
    }

    /** The grammars whose word stands there; none if no word does. */
    public List<LogGrammar> grammars(String text, int at) {
        int end = at + LENGTH;
        if (end > text.length()) {
            return List.of();
        }
        int[] words = indexes[pair(text.charAt(end - 2), text.charAt(end - 1))];
        if (words != null) {
            for (int word : words) {
                if (text.startsWith(texts.get(word), at)) {
                    return grammars.get(word);
                }
            }
        }
        return List.of();
    }
}
