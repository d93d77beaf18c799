// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static io.pgfault.smmuv3.internal.Fixture.raw;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.smmuv3.internal.Fixture.Tapped;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random records, nonsense included, against a table that is worked out here from the raw words alone: which records
 * are answered, with which command, in order.
 */
@Timeout(60)
class RandomRecordsTest {
    private static final int RECORDS = 50_000;
    private static final Sizes SIZES = new Sizes(6, 6, 4, 4);

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);
    private final List<Tapped> expected = new ArrayList<>();
    private long bad;
    private long unrecoverable;
    private long stopMarkers;
    private long reported;

    /** What the core answers: an arbitrary function of group id and address. */
    private static ResponseCode answer(long group, long address) {
        return switch ((int) Math.floorMod(group * 31 + (address >>> 12), 5L)) {
            case 0 -> ResponseCode.INVALID;
            case 1 -> ResponseCode.FAILURE;
            default -> ResponseCode.SUCCESS;
        };
    }

    private Fixture fixture() {
        Fixture smmu = new Fixture(SIZES);
        smmu.unit.connect("dma0", 5, new RecordingDevice());
        smmu.unit.connect("dma1", 0x8000_0005, new RecordingDevice());
        smmu.faults.answers((PageRequest request) -> answer(request.groupId(), request.address()));
        return smmu;
    }

    private long streamId() {
        return new long[] {5, 0x8000_0005L, 6, random.nextLong() & 0xffff_ffffL}[random.nextInt(4)];
    }

    private static boolean known(long streamId) {
        return streamId == 5 || streamId == 0x8000_0005L;
    }

    private void feed(RecordRing ring, ByteBuffer record) throws InterruptedException {
        while (!ring.offer(record)) {
            assertThat(ring.awaitRoom(TimeUnit.SECONDS.toNanos(10)))
                    .as("seed %d", seed)
                    .isTrue();
        }
    }

    private void check(Fixture smmu) throws InterruptedException {
        smmu.unit.drain();
        assertThat(smmu.tapped()).as("seed %d", seed).isEqualTo(expected);
        assertThat(smmu.count(Counter.BAD_REQUESTS)).as("seed %d", seed).isEqualTo(bad);
        assertThat(smmu.count(Counter.UNRECOVERABLE)).as("seed %d", seed).isEqualTo(unrecoverable);
        assertThat(smmu.count(Counter.STOP_MARKERS)).as("seed %d", seed).isEqualTo(stopMarkers);
        assertThat(smmu.faults.requests()).as("seed %d", seed).hasSize((int) reported);
    }

    @Test
    void a01_a02_a03_a04_everyEventIsAnsweredAsTheTableSays() throws Exception {
        try (Fixture smmu = fixture()) {
            for (int i = 0; i < RECORDS; i++) {
                long event = random.nextBoolean() ? 0x10 + random.nextInt(4) : random.nextInt(256);
                long streamId = streamId();
                long word0 = (random.nextLong() & 0xffff_ff00L) | streamId << 32 | event;
                long word1 = random.nextLong();
                long address = random.nextLong();
                feed(smmu.ring("evtq"), raw(word0, word1, address, random.nextLong()));

                long stag = word1 & 0xffff;
                boolean stalled = (word1 & 0x8000_0000L) != 0;
                long faultClass = word1 >>> 40 & 3;
                boolean stage2 = (word1 & 1L << 39) != 0;
                long retry = streamId << 32 | 0x1044;
                long abort = streamId << 32 | 0x2044;
                if (!stalled) {
                    unrecoverable++;
                } else if (!known(streamId) || event < 0x10 || event > 0x13 || faultClass == 3) {
                    bad++;
                    expected.add(new Tapped(abort, stag, ResponseCode.INVALID));
                } else if (stage2 || faultClass != 2) {
                    unrecoverable++;
                    expected.add(new Tapped(abort, stag, ResponseCode.INVALID));
                } else {
                    reported++;
                    expected.add(
                            answer(stag, address) == ResponseCode.SUCCESS
                                    ? new Tapped(retry, stag, ResponseCode.SUCCESS)
                                    : new Tapped(abort, stag, ResponseCode.INVALID));
                }
            }
            check(smmu);
        }
    }

    @Test
    void a06_a07_everyPageRequestIsAnsweredAsTheTableSays() throws Exception {
        try (Fixture smmu = fixture()) {
            for (int i = 0; i < RECORDS; i++) {
                long streamId = streamId();
                long word0 = (random.nextLong() & 0xffff_ffff_0000_0000L) | streamId;
                long word1 = random.nextLong();
                feed(smmu.ring("priq"), raw(word0, word1));

                boolean ssv = word0 < 0;
                boolean last = (word0 & 0x4000_0000_0000_0000L) != 0;
                boolean readOrWrite = (word0 & 0x3000_0000_0000_0000L) != 0;
                long group = word1 & 0x1ff;
                if (ssv && last && !readOrWrite) {
                    stopMarkers++;
                    continue;
                }
                ResponseCode code = ResponseCode.INVALID;
                if (known(streamId)) {
                    reported++;
                    code = answer(group, word1 & ~0xfffL);
                } else {
                    bad++;
                }
                if (last) {
                    long pasid = ssv ? (word0 >>> 32 & 0xfffff) << 12 | 1 << 11 : 0;
                    long response = code == ResponseCode.SUCCESS ? 2 : code == ResponseCode.INVALID ? 1 : 0;
                    expected.add(new Tapped(streamId << 32 | pasid | 0x41, response << 12 | group, code));
                }
            }
            check(smmu);
        }
    }
}
