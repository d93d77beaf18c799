// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.tck.core.StrictFaults;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random raw records through a unit, against a table that reads the same bytes with its own eyes. */
class RandomRecordsTest {
    private static final int[] KNOWN = {0x0008, 0x0310, 0xfff8};

    @ParameterizedTest
    @ValueSource(ints = {48, 57})
    void everyRecord_isAnsweredAsTheTableSays(int width) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StrictFaults faults = StrictFaults.builder()
                .answers(request -> ResponseCode.SUCCESS)
                .domainsEverywhere()
                .build();
        IommuUnit unit = new IommuUnit(faults, "dmar0", 1, width == 57);
        unit.start(() -> {});
        List<String> seen = new ArrayList<>();
        for (int id : KNOWN) {
            unit.connect("d" + id, id, new RecordingDevice());
        }
        Table table = new Table(width);
        RecordRing ring = unit.ring("prq").orElseThrow();
        try (AutoCloseable tap = unit.tap((record, code) -> seen.add(
                "%x %x %x %x".formatted(record.getLong(), record.getLong(), record.getLong(), record.getLong())))) {
            for (int i = 0; i < 100_000; i++) {
                ByteBuffer record = record(random, width);
                table.add(record);
                while (!ring.offer(record)) {
                    ring.awaitRoom(TimeUnit.SECONDS.toNanos(10));
                }
            }
            unit.drain();
        } finally {
            unit.stop();
        }
        assertThat(seen).as("seed %d", seed).containsExactlyElementsOf(table.responses);
        assertThat(count(unit, Counter.STOP_MARKERS)).as("seed %d", seed).isEqualTo(table.stopMarkers);
        assertThat(count(unit, Counter.BAD_REQUESTS)).as("seed %d", seed).isEqualTo(table.bad);
        assertThat(faults.reported().size()).as("seed %d", seed).isEqualTo(table.reported);
    }

    @Test
    void pureNoise_neverBreaksTheUnit() throws InterruptedException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StrictFaults faults = StrictFaults.builder()
                .answers(request -> ResponseCode.SUCCESS)
                .domainsEverywhere()
                .build();
        IommuUnit unit = new IommuUnit(faults, "dmar0", 0, false);
        unit.start(() -> {});
        RecordRing ring = unit.ring("prq").orElseThrow();
        byte[] bytes = new byte[32];
        long lasts = 0;
        long markers = 0;
        List<Long> answered = new ArrayList<>();
        unit.tap((record, code) -> answered.add(record.getLong()));
        for (int i = 0; i < 50_000; i++) {
            random.nextBytes(bytes);
            boolean canonical = (bytes[14] == 0 && bytes[15] == 0 && bytes[13] >= 0)
                    || (bytes[14] == -1 && bytes[15] == -1 && bytes[13] < 0);
            boolean last = (bytes[8] & 4) != 0;
            if (last) {
                lasts++;
            }
            if (last && (bytes[8] & 3) == 0 && canonical) {
                markers++;
            }
            while (!ring.offer(ByteBuffer.wrap(bytes))) {
                ring.awaitRoom(TimeUnit.SECONDS.toNanos(10));
            }
        }
        unit.drain();
        unit.stop();
        assertThat(answered).as("seed %d", seed).hasSize((int) (lasts - markers));
    }

    /** The unit counts what its devices count, too (rule C18). */
    private static long count(IommuUnit unit, Counter counter) {
        return unit.queue().counters().get(counter);
    }

    private static ByteBuffer record(Random random, int width) {
        long id = random.nextInt(8) == 0 ? random.nextInt(1 << 16) : KNOWN[random.nextInt(KNOWN.length)];
        long word0 = 1
                | (random.nextInt(4) == 0 ? 0 : 1L << 8)
                | (random.nextInt(4) == 0 ? 1L << 9 : 0)
                | (id << 16)
                | ((long) random.nextInt(3) << 32)
                | (random.nextInt(10) == 0 ? 1L << 52 : 0)
                | (random.nextInt(10) == 0 ? 1L << 53 : 0)
                | (random.nextInt(10) == 0 ? 1L << 60 : 0);
        long address = random.nextInt(10) == 0 ? random.nextLong() : random.nextLong() >> (64 - width);
        long word1 = (address & -4096L) | ((long) random.nextInt(4) << 3) | random.nextInt(8);
        return ByteBuffer.allocate(32)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(word0)
                .putLong(word1)
                .putLong(random.nextLong())
                .putLong(random.nextLong())
                .flip();
    }

    /** What the rules say, one record after the other. */
    private static final class Table {
        private final int width;
        private final List<String> responses = new ArrayList<>();
        private final Set<String> poisoned = new HashSet<>();
        private long stopMarkers;
        private long bad;
        private int reported;

        Table(int width) {
            this.width = width;
        }

        void add(ByteBuffer record) {
            long word0 = record.getLong(0);
            long word1 = record.getLong(8);
            boolean pasid = (word0 & 0x100) != 0;
            boolean exec = (word0 & 0x0010_0000_0000_0000L) != 0;
            boolean priv = (word0 & 0x0020_0000_0000_0000L) != 0;
            boolean read = (word1 & 1) != 0;
            boolean write = (word1 & 2) != 0;
            boolean last = (word1 & 4) != 0;
            long id = (word0 >> 16) & 0xffff;
            long top = word1 >> (width - 1);
            boolean known = id == 0x0008 || id == 0x0310 || id == 0xfff8;
            String group = id + "/" + (pasid ? (word0 >> 32) & 0xfffff : -1) + "/" + ((word1 >> 3) & 0x1ff);

            boolean refused = (top != 0 && top != -1) || (priv && (read || write)) || (exec && read);
            if (!refused && last && !read && !write) {
                stopMarkers++;
            } else if (refused || !known) {
                bad++;
                if (last) {
                    poisoned.remove(group);
                    respond(record, 1);
                } else if (known) {
                    poisoned.add(group);
                }
            } else {
                reported++;
                if (last) {
                    respond(record, poisoned.remove(group) ? 1 : 0);
                }
            }
        }

        private void respond(ByteBuffer record, long code) {
            long word0 = record.getLong(0);
            boolean pasid = (word0 & 0x100) != 0;
            boolean data = (word0 & 0x200) != 0;
            long response = 9 | (code << 12) | (word0 & 0xffff_0000L);
            if (pasid) {
                response |= 0x10 | (word0 & 0x000f_ffff_0000_0000L);
            }
            responses.add("%x %x %x %x"
                    .formatted(
                            response,
                            record.getLong(8) & 0xff8,
                            data ? record.getLong(16) : 0,
                            data ? record.getLong(24) : 0));
        }
    }
}
