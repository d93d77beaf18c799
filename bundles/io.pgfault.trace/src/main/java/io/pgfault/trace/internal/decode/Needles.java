// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Finds lines that may matter among those that can't, by words of which every message has one. The search of Wu and
 * Manber: a window of the words' common length looks at its last two bytes; a table knows how far it may jump, because no
 * word has these two bytes nearer to its end.
 */
final class Needles {
    private static final List<String> WORDS = List.of(
            "arm-smmu",
            "received",
            "[DMA Rea",
            "[DMA Wri",
            "INTR-REM",
            "fault re",
            "fault st",
            "age requ",
            "PRQ over",
            "VT-d det",
            "QI HEAD:",
            "QI PRIOR",
            "vent log",
            "PPR logg",
            "IOMMU PP",
            "IOMMU Ev",
            "prq_repo",
            "qi_submi",
            "io_page_",
            " devid: ");
    private static final int LENGTH = 8;
    private static final int PAIRS = 1 << 16;

    private final byte[][] words =
            WORDS.stream().map(w -> w.getBytes(StandardCharsets.US_ASCII)).toArray(byte[][]::new);
    private final byte[] jumps = new byte[PAIRS];

    Needles() {
        Arrays.fill(jumps, (byte) (LENGTH - 1));
        for (byte[] word : words) {
            for (int i = 1; i < LENGTH; i++) {
                int pair = pair(word, i);
                jumps[pair] = (byte) Math.min(jumps[pair], LENGTH - 1 - i);
            }
        }
    }

    private static int pair(byte[] bytes, int second) {
        return (bytes[second - 1] & 0xff) << 8 | (bytes[second] & 0xff);
    }

    /** Index of the first word in this part of the array, -1 if there is none. */
    int find(byte[] bytes, int from, int to) {
        int at = from + LENGTH - 1;
        while (at < to) {
            int jump = jumps[pair(bytes, at)];
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
}
