// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** The search for needles finds the lines that a plain search finds, at every place, with any number of words. */
class NeedleScanTest {
    private static final String LETTERS = "abcD :-x";

    private static byte[] block(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        byte[] block = new byte[bytes.length + NeedleScan.PADDING];
        System.arraycopy(bytes, 0, block, 0, bytes.length);
        return block;
    }

    /** The starts of the lines that have one of the first {@code among} words, as the text reader finds them. */
    private static Set<Integer> lines(NeedleScan scan, String text, int among) {
        byte[] block = block(text);
        Set<Integer> lines = new TreeSet<>();
        scan.from(0);
        for (int at = scan.next(block, text.length(), among); at >= 0; at = scan.next(block, text.length(), among)) {
            int start = text.lastIndexOf('\n', at) + 1;
            lines.add(start);
            int end = text.indexOf('\n', at);
            scan.from(end < 0 ? text.length() : end + 1);
        }
        return lines;
    }

    private static Set<Integer> plain(List<String> words, String text) {
        Set<Integer> lines = new TreeSet<>();
        for (String word : words) {
            for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
                lines.add(text.lastIndexOf('\n', at) + 1);
            }
        }
        return lines;
    }

    private static String random(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    @RepeatedTest(40)
    void findsTheLinesThatAPlainSearchFinds(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<String> words = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(60); i++) {
            words.add(random(random, NeedleScan.SHORTEST + random.nextInt(3)));
        }
        StringBuilder text = new StringBuilder();
        for (int line = 0; line < 200; line++) {
            text.append(random(random, random.nextInt(40)));
            if (random.nextInt(4) == 0) {
                String word = words.get(random.nextInt(words.size()));
                text.append(word, 0, random.nextInt(4) == 0 ? word.length() - 1 : word.length());
            }
            text.append(random(random, random.nextInt(12))).append(random.nextInt(30) == 0 ? "" : "\n");
        }
        NeedleScan scan = new NeedleScan(words);
        int among = 1 + random.nextInt(words.size());
        assertThat(lines(scan, text.toString(), words.size())).isEqualTo(plain(words, text.toString()));
        assertThat(lines(scan, text.toString(), among)).isEqualTo(plain(words.subList(0, among), text.toString()));
    }

    /** A word is found at each distance from the start and from the end of the block, also as the only text. */
    @Test
    void findsAWordAtEveryPlace() {
        List<String> words = BuiltInGrammars.needles();
        NeedleScan scan = new NeedleScan(words);
        for (String word : words) {
            for (int before = 0; before < 20; before++) {
                for (int behind = 0; behind < 20; behind++) {
                    String text = "~".repeat(before) + word + "~".repeat(behind);
                    scan.from(0);
                    assertThat(scan.next(block(text), text.length(), words.size()))
                            .as(text)
                            .isEqualTo(before);
                    assertThat(words.get(scan.word())).isEqualTo(word);
                }
            }
        }
    }

    /** What lies behind the searched part is not looked at: the block has older text there. */
    @Test
    void doesNotLookBehindTheEnd() {
        NeedleScan scan = new NeedleScan(List.of("arm-smmu"));
        byte[] block = block("xxxarm-smmu-v3");
        scan.from(0);
        assertThat(scan.next(block, 10, 1)).isEqualTo(-1);
        scan.from(0);
        assertThat(scan.next(block, 11, 1)).isEqualTo(3);
        scan.from(4);
        assertThat(scan.next(block, 14, 1)).isEqualTo(-1);
    }

    @Test
    void wordsThatAreTooShortOrTooLongAreRefused() {
        assertThatThrownBy(() -> new NeedleScan(List.of("short")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("6 to 8");
        assertThatThrownBy(() -> new NeedleScan(List.of("too long!")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("too long!");
    }
}
