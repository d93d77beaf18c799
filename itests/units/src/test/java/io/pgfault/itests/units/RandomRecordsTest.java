// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.handler.Disposition;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random records through each driver. The test decides from the bits alone which record must be answered; that each
 * was answered once is told by the number of answers and by the sum of a hash of whom they are for, which needs no
 * memory.
 */
class RandomRecordsTest {
    private static final String KIND = "random";
    /** Ten million in a soak, three hundred thousand in every build. */
    private static final int RECORDS = Boolean.getBoolean("soak") ? 10_000_000 : 300_000;

    private static final int DEVICES = 8;
    private static final long HEAP_GROWTH = 32L << 20;

    /** A ring: how large its records are, and which of them are answered to whom. */
    enum Ring {
        PRQ(Way.VTD_PRI, 32) {
            @Override
            void address(ByteBuffer record, int id) {
                record.putLong(0, (record.getLong(0) & ~0xffff_0000L) | (long) id << 16);
            }

            @Override
            boolean answered(ByteBuffer record) {
                long w1 = record.getLong(8);
                boolean canonical = w1 >> 47 == 0 || w1 >> 47 == -1;
                boolean marker = canonical && (w1 & 3) == 0;
                return (w1 & 4) != 0 && !marker;
            }

            /** Requester id, PASID if there is one, group, private data if there is any. */
            @Override
            long asked(ByteBuffer record) {
                long w0 = record.getLong(0);
                long pasid = (w0 & 0x100) != 0 ? (w0 & 0x000f_ffff_0000_0000L) | 0x10 : 0;
                boolean data = (w0 & 0x200) != 0;
                return hash(
                        (w0 & 0xffff_0000L) | pasid,
                        record.getLong(8) & 0xff8,
                        data ? record.getLong(16) : 0,
                        data ? record.getLong(24) : 0);
            }

            @Override
            long answer(ByteBuffer response) {
                long w0 = word(response, 0);
                return hash(w0 & ~0xf00fL, word(response, 1), word(response, 2), word(response, 3));
            }
        },
        EVTQ(Way.SMMUV3_STALL, 32) {
            @Override
            void address(ByteBuffer record, int id) {
                record.putInt(4, id);
            }

            @Override
            boolean answered(ByteBuffer record) {
                return (record.getLong(8) & 1L << 31) != 0;
            }

            @Override
            long asked(ByteBuffer record) {
                return hash(record.getLong(0) >>> 32, record.getLong(8) & 0xffff, 0, 0);
            }

            @Override
            long answer(ByteBuffer response) {
                return hash(word(response, 0) >>> 32, word(response, 1) & 0xffff, 0, 0);
            }
        },
        PRIQ(Way.SMMUV3_PRI, 16) {
            @Override
            void address(ByteBuffer record, int id) {
                record.putInt(0, id);
            }

            @Override
            boolean answered(ByteBuffer record) {
                long w0 = record.getLong(0);
                boolean last = (w0 & 1L << 62) != 0;
                boolean marker = last && (w0 & 3L << 60) == 0 && (w0 & 1L << 63) != 0;
                return last && !marker;
            }

            @Override
            long asked(ByteBuffer record) {
                long w0 = record.getLong(0);
                boolean ssv = w0 < 0;
                return hash(w0 & 0xffff_ffffL, record.getLong(8) & 0x1ff, ssv ? 1 + (w0 >>> 32 & 0xfffff) : 0, 0);
            }

            @Override
            long answer(ByteBuffer response) {
                long w0 = word(response, 0);
                boolean ssv = (w0 & 1 << 11) != 0;
                return hash(w0 >>> 32, word(response, 1) & 0x1ff, ssv ? 1 + (w0 >>> 12 & 0xfffff) : 0, 0);
            }
        };

        final Way way;
        final int size;

        Ring(Way way, int size) {
            this.way = way;
            this.size = size;
        }

        /** Makes a record one of that device. */
        abstract void address(ByteBuffer record, int id);

        abstract boolean answered(ByteBuffer record);

        abstract long asked(ByteBuffer record);

        abstract long answer(ByteBuffer response);
    }

    @ParameterizedTest
    @EnumSource
    void everyLastRequestIsAnsweredOnce_withoutAnExceptionOrALeak(Ring kind) throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        AtomicLong answers = new AtomicLong();
        AtomicLong sum = new AtomicLong();
        long due = 0;
        long dueSum = 0;
        try (SevereLog log = new SevereLog();
                StartedCore core = new StartedCore(Duration.ofSeconds(30));
                RunningUnit running = kind.way.open(core.faults(), "unit0")) {
            core.serve(KIND, true, group -> {
                group.respond(ResponseCode.SUCCESS);
                return Disposition.TAKEN;
            });
            List<Upstream> devices = new ArrayList<>();
            Domain domain = core.faults().allocateDomain(KIND, "all PASIDs", PageTable.EMPTY, true);
            for (int id = 1; id <= DEVICES; id++) {
                Upstream device = running.unit().connect("device" + id, id, new Silent());
                core.faults().attach(device.device(), Pasid.NONE, domain);
                devices.add(device);
            }
            RecordRing ring =
                    running.unit().ring(kind.name().toLowerCase(Locale.ROOT)).orElseThrow();
            ByteBuffer record = ByteBuffer.allocate(kind.size).order(ByteOrder.LITTLE_ENDIAN);
            long heap = 0;
            try (AutoCloseable tap = running.unit().tap((response, code) -> {
                answers.incrementAndGet();
                sum.addAndGet(kind.answer(response));
            })) {
                for (int i = 0; i < RECORDS; i++) {
                    if (i == RECORDS / 10) {
                        heap = heap();
                    }
                    for (int at = 0; at < kind.size; at += Long.BYTES) {
                        record.putLong(at, random.nextLong());
                    }
                    long choice = random.nextLong();
                    if ((choice & 3) != 0) {
                        kind.address(record, 1 + (int) (choice >>> 2 & (DEVICES - 1)));
                    }
                    if (kind == Ring.PRQ && (choice & 1 << 8) != 0) {
                        record.putLong(8, record.getLong(8) << 17 >> 17);
                    }
                    if (kind == Ring.EVTQ && (choice & 1 << 8) != 0) {
                        record.put(0, (byte) (0x10 + (choice >>> 9 & 3)));
                    }
                    while (!ring.offer(record)) {
                        assertThat(ring.awaitRoom(TimeUnit.SECONDS.toNanos(30)))
                                .as("room; seed %d", seed)
                                .isTrue();
                    }
                    if (kind.answered(record)) {
                        due++;
                        dueSum += kind.asked(record);
                    }
                }
                running.unit().drain();
            }
            assertThat(answers.get()).as("answers; seed %d", seed).isEqualTo(due);
            assertThat(sum.get()).as("whom they are for; seed %d", seed).isEqualTo(dueSum);
            assertThat(running.unit().queue().counters().get(Counter.SUCCESS))
                    .as("seed %d", seed)
                    .isPositive();
            assertThat(running.unit().queue().counters().get(Counter.TIMED_OUT)).isZero();
            assertThat(heap() - heap).as("heap growth; seed %d", seed).isLessThan(HEAP_GROWTH);
            devices.forEach(Upstream::close);
            assertThat(answers.get()).as("seed %d", seed).isEqualTo(due);
            assertThat(log.entries()).as("seed %d", seed).isEmpty();
        }
    }

    private static long word(ByteBuffer response, int word) {
        return response.getLong(response.position() + word * Long.BYTES);
    }

    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static long hash(long... words) {
        long h = 0x9e37_79b9_7f4a_7c15L;
        for (long word : words) {
            h = (h ^ word) * 0xbf58_476d_1ce4_e5b9L;
            h ^= h >>> 29;
        }
        return h * 0x94d0_49bb_1331_11ebL;
    }

    /** A device to which the unit sends nothing. */
    private static final class Silent implements Downstream {
        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {}

        @Override
        public void resume(int transaction, boolean retry) {}

        @Override
        public void invalidate(int pasid, long first, long last) {}

        @Override
        public void disconnected() {}
    }
}
