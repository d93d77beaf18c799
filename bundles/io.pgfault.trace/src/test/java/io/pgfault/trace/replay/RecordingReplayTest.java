// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.bus.RequestTap;
import io.pgfault.trace.Inputs;
import io.pgfault.trace.NamedUnit;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.recording.RecordingReader;
import io.pgfault.trace.recording.RecordingWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingReplayTest {
    private static final long MILLI = 1_000_000;

    @TempDir
    Path folder;

    private final RingUnit prq = new RingUnit("prq", 32, 100);
    private final RingUnit evtq = new RingUnit("evtq", 32, 100);
    private final List<String> appeared = new ArrayList<>();

    @Test
    void recordsReachTheRingOfTheirUnit_andEveryUnitIsDrained() throws Exception {
        Path path = folder.resolve("a");
        try (RecordingWriter writer = RecordingWriter.create(path)) {
            RequestTap vtd = writer.tap(new NamedUnit("dmar0", "vtd"));
            RequestTap smmu = writer.tap(new NamedUnit("smmu3.0", "smmuv3"));
            vtd.written("prq", record(1L | 0x50L << 16, 0x1005, 0, 0));
            smmu.written("evtq", record(0xffff_fffe_0000_5810L, 0x8000_0000L, 0x1000, 0));
            vtd.written("prq", record(2, 0, 0, 0));
            vtd.written("prq", record(1L | 0x50L << 16, 0x2005, 0, 0));
        }
        assertThat(replay(path, Pace.asFastAsPossible())).isEqualTo(new RecordReplay.Result(4, 0));
        assertThat(prq.written)
                .containsExactly(
                        Inputs.words(1L | 0x50L << 16, 0x1005, 0, 0),
                        Inputs.words(2, 0, 0, 0),
                        Inputs.words(1L | 0x50L << 16, 0x2005, 0, 0));
        assertThat(evtq.written).containsExactly(Inputs.words(0xffff_fffe_0000_5810L, 0x8000_0000L, 0x1000, 0));
        assertThat(prq.drains).containsExactly(3);
        assertThat(evtq.drains).containsExactly(1);
        assertThat(appeared).containsExactly("dmar0 50/-1", "smmu3.0 fffffffe/5");
    }

    @Test
    void faultsOfAKernel_becomePageRequestsOfTheSameContent() throws Exception {
        Path path = folder.resolve("a");
        try (RecordingWriter writer = RecordingWriter.create(path)) {
            RequestTap kernel = writer.tap(new NamedUnit("iommufd0", "iommufd"));
            // PASID_VALID and LAST_PAGE, device 3, PASID 0xabcde, group 5, READ and WRITE.
            kernel.written("iommufd", fault(3, 3, 0xabcde, 5, 3, 0x7fff_0000_1000L));
            // No PASID, not last, EXEC and PRIV.
            kernel.written("iommufd", fault(0, 4, 0, 511, 12, 0x2000));
        }
        replay(path, Pace.asFastAsPossible());
        assertThat(prq.written)
                .containsExactly(
                        Inputs.words(0x000a_bcde_0003_0101L, 0x7fff_0000_1000L | 5 << 3 | 0b111, 0, 0),
                        Inputs.words(0x0030_0000_0004_0001L, 0x2000 | 511 << 3, 0, 0));
    }

    @Test
    void recordsOfAnUnknownKind_areNamed() throws Exception {
        Path path = folder.resolve("a");
        try (RecordingWriter writer = RecordingWriter.create(path)) {
            writer.tap(new NamedUnit("unit7", "acme")).written("acmeq", ByteBuffer.allocate(24));
        }
        assertThatThrownBy(() -> replay(path, Pace.asFastAsPossible()))
                .isInstanceOf(ReplayStoppedException.class)
                .hasMessageContainingAll("unit7", "acme", "acmeq", "24 bytes")
                .hasMessageNotContaining("\n");
    }

    @Test
    void atASpeed_recordsAreDueInTheRecordedRelation_andALateReplayCatchesUp() throws Exception {
        List<Long> at = new ArrayList<>();
        Virtual clock = new Virtual();
        Pace pace = Pace.of(2, clock);
        long[] recorded = {500 * MILLI, 500 * MILLI, 520 * MILLI, 620 * MILLI, 622 * MILLI, 720 * MILLI};
        for (long nanos : recorded) {
            pace.awaitDue(nanos);
            at.add(clock.now / MILLI);
            if (nanos == 620 * MILLI) {
                clock.now += 20 * MILLI;
            }
        }
        // The first is due at once; the fifth would be due at 61 and is late; the sixth is in time again.
        assertThat(at).containsExactly(0L, 0L, 10L, 60L, 80L, 110L);
    }

    @Test
    void speed1_keepsTheTimesOfTheRecording() throws Exception {
        Virtual clock = new Virtual();
        Pace pace = Pace.of(1, clock);
        for (long millis : new long[] {3, 10, 11, 500, 86_400_000}) {
            pace.awaitDue(millis * MILLI);
            assertThat(clock.now).isEqualTo((millis - 3) * MILLI);
        }
    }

    @Test
    void aSpeedIsGreaterThanZero() {
        for (double speed : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> Pace.of(speed)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private RecordReplay.Result replay(Path path, Pace pace) throws Exception {
        Map<String, RingUnit> units = Map.of("dmar0", prq, "smmu3.0", evtq, "iommufd0", prq);
        try (RecordingReader reader = new RecordingReader(TraceFile.open(path))) {
            return new RecordingReplay(
                            queue -> new RecordingReplay.Target(units.get(queue.unit()), new RecordReplay.Listener() {
                                @Override
                                public void appeared(int id, int pasid) {
                                    appeared.add("%s %x/%d".formatted(queue.unit(), id, pasid));
                                }
                            }),
                            RecordReplay.WhenFull.WAIT,
                            pace)
                    .replay(reader);
        }
    }

    private static ByteBuffer record(long... words) {
        return ByteBuffer.wrap(Inputs.words(words)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer fault(int flags, int device, int pasid, int group, int perm, long address) {
        return ByteBuffer.allocate(40)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(flags)
                .putInt(device)
                .putInt(pasid)
                .putInt(group)
                .putInt(perm)
                .putInt(0)
                .putLong(address)
                .putInt(0)
                .putInt(9)
                .flip();
    }

    /** Time that passes only while a thread sleeps. */
    private static final class Virtual implements Pace.Clock {
        private long now;

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void sleep(long nanos) {
            assertThat(nanos).isPositive();
            now += nanos;
        }
    }
}
