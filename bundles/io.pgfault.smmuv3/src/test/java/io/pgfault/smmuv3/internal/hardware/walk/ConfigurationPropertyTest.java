// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.smmuv3.spec.EventId;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Stream tables, entries and context descriptors, right ones and ones with bits flipped: the lookup agrees with {@link
 * ObviousConfiguration}.
 */
class ConfigurationPropertyTest {
    private static final long STREAMS = 0x10_0000;
    private static final long CONTEXTS = 0x8000_0000L;
    private static final long SECOND = 0x20_0000;
    private static final long STREAM = 0x105;

    private final Map<String, Integer> seen = new HashMap<>();
    private Random random;
    private WordMemory memory;
    private int config;
    private int format;
    private int cdMax;
    private int split;
    private int log2;

    private static String text(Configuration configuration) {
        if (configuration.event() == Configuration.ABORT) {
            return "abort";
        }
        if (configuration.event() != 0) {
            String event = EventId.of(configuration.event()).name();
            String stage = configuration.word1() == 0 ? "" : " s2 CD";
            assertThat(configuration.word1()).isIn(0L, 1L << 39);
            boolean address = event.endsWith("_FETCH") || !stage.isEmpty();
            return event + stage + (address ? " " + Long.toHexString(configuration.word3()) : "");
        }
        String second = configuration.stage2() == null ? "" : "2";
        return configuration.stage1() == null
                ? second.isEmpty() ? "bypass" : "stage 2"
                : (second.isEmpty() ? "stage 1 asid " : "nested asid ")
                        + configuration.stage1().asid();
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private void tables() {
        memory = new WordMemory();
        config = new int[] {0b000, 0b100, 0b101, 0b101, 0b110, 0b111, 0b111}[random.nextInt(7)];
        format = random.nextInt(4);
        cdMax = new int[] {0, 1, 5, 6, 7, 9, 10, 11, 12, 20}[random.nextInt(10)];
        split = new int[] {0, 6, 8, 10}[random.nextInt(4)];
        log2 = 9 + random.nextInt(4);
        long entry = STREAMS + 0x4_0000 + 64 * STREAM;
        if (split != 0) {
            int span = split + 1;
            long second = STREAMS + 0x4_0000;
            memory.pages(STREAMS, 1);
            memory.words.put(STREAMS + 8 * (STREAM >> split), second | span);
            entry = second + 64 * (STREAM & (1 << split) - 1);
        }
        memory.pages(STREAMS + 0x4_0000, 64);
        long eats = random.nextInt(2);
        memory.words.put(entry, 1L | config << 1 | format << 4 | CONTEXTS | (long) cdMax << 59);
        memory.words.put(entry + 8, random.nextInt(4) | eats << 28);
        memory.words.put(entry + 16, 25L << 32 | 1L << 38 | 5L << 48 | 1L << 51 | 1L << 58);
        memory.words.put(entry + 24, SECOND);
        // The second stage maps 1 GiB blocks to themselves.
        memory.pages(SECOND, 1);
        for (int i = 0; i < 4; i++) {
            memory.words.put(SECOND + 8L * i, (long) i << 30 | 1 << 10 | 0b11 << 6 | 1);
        }
        memory.pages(CONTEXTS, 1);
        if (cdMax > 0 && (format == 1 || format == 2)) {
            memory.pages(CONTEXTS + 0x1_0000, 16);
            for (int i = 0; i < 3; i++) {
                memory.words.put(CONTEXTS + 8L * i, CONTEXTS + 0x1_0000 | (oneIn(8) ? 0 : 1));
            }
            contexts(CONTEXTS + 0x1_0000);
        } else {
            contexts(CONTEXTS);
        }
    }

    private void contexts(long table) {
        for (int i = 0; i < 64; i++) {
            long word0 = 16L | 16L << 16 | 0b10L << 22 | 1L << 31 | 5L << 32 | 1L << 41 | 1L << 46 | (long) i << 48;
            memory.words.put(table + 64L * i, word0);
            memory.words.put(table + 64L * i + 8, 0x9000_0000L);
            memory.words.put(table + 64L * i + 16, 0x9000_0000L);
        }
    }

    private void compare(String what) {
        long stream = oneIn(6) ? random.nextInt(0x4000) : STREAM;
        int[] substreams = {-1, -1, 0, 1, 2, 31, 63, 64, 65, 200, 1023, 1024, 0xfffff};
        int substream = substreams[random.nextInt(substreams.length)];
        long base = split == 0 ? STREAMS + 0x4_0000 : STREAMS;
        String expected = new ObviousConfiguration(memory, base, log2, split).find(stream, substream);
        StreamTables tables = new StreamTables(base, log2, split != 0, split);
        Configuration found = new ConfigurationWalker(memory, memory).walk(tables, (int) stream, substream);
        assertThat(text(found))
                .as("%s, stream 0x%x substream %d config %d", what, stream, substream, config)
                .isEqualTo(expected);
        seen.merge(expected.replaceFirst("( asid| s2|(?<=FETCH) ).*", ""), 1, Integer::sum);
    }

    @Test
    void t04_randomTables_agreeWithTheText() {
        for (int i = 0; i < 4000; i++) {
            random = new Random(i);
            tables();
            compare("seed " + i);
        }
        assertThat(seen)
                .containsKeys("C_BAD_STREAMID", "C_BAD_SUBSTREAMID", "F_STREAM_DISABLED", "abort", "bypass", "stage 1")
                .containsKeys("stage 2", "nested", "F_CD_FETCH");
    }

    @Test
    void t02_everyFlippedBitOfARightTable_agreesWithTheText() {
        for (int i = 0; i < 24; i++) {
            random = new Random(1000 + i);
            tables();
            long[] changeable = memory.words.keySet().stream()
                    .mapToLong(Long::longValue)
                    .filter(at -> at < CONTEXTS || at % 0x1000 < 0x100)
                    .sorted()
                    .toArray();
            for (long at : changeable) {
                for (int bit = 0; bit < 64; bit++) {
                    long right = memory.words.get(at);
                    memory.words.put(at, right ^ 1L << bit);
                    compare("word 0x%x bit %d of seed %d".formatted(at, bit, 1000 + i));
                    memory.words.put(at, right);
                }
            }
        }
        assertThat(seen).containsKeys("C_BAD_STE", "C_BAD_CD", "F_TRANSLATION", "F_STE_FETCH", "C_BAD_SUBSTREAMID");
    }
}
