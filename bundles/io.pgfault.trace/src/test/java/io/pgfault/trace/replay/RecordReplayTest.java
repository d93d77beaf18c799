// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.trace.Inputs;
import io.pgfault.trace.RecordSource;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.replay.RecordReplay.WhenFull;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records are put together by hand from VT-d 4.1 §7.5 and IHI 0070 F.b §7.3, §8.1. */
class RecordReplayTest {
    @TempDir
    Path folder;

    private final List<String> appeared = new ArrayList<>();
    private RingUnit unit = new RingUnit("prq", 32, 4);

    @Test
    void everyRecordReachesTheRingInOrderAndTheUnitIsDrainedAtTheEnd() throws Exception {
        long[] words = prq(10, 0x50, 3);
        RecordReplay.Result result = replay(TraceFormat.PRQ, WhenFull.WAIT, words);
        assertThat(result).isEqualTo(new RecordReplay.Result(10, 0));
        assertThat(written()).containsExactly(Inputs.words(words));
        assertThat(unit.drains).containsExactly(10);
    }

    @Test
    void recordsThatFindNoRoomAreLostWithOverrun() throws Exception {
        RecordReplay.Result result = replay(TraceFormat.PRQ, WhenFull.OVERRUN, prq(10, 0x50, 3));
        assertThat(result).isEqualTo(new RecordReplay.Result(10, 6));
        assertThat(unit.written).hasSize(4);
        assertThat(unit.drains).containsExactly(4);
    }

    @Test
    void deviceAndPasidAppearOnceBeforeTheirFirstRecord() throws Exception {
        replay(
                TraceFormat.PRQ,
                WhenFull.WAIT,
                concat(prq(2, 0x50, 3), prq(1, 0x50, 0xfffff), prq(1, 0xffff, 3), prq(1, 0x50, -1), prq(1, 0x50, 3)));
        assertThat(appeared).containsExactly("0:50/3", "2:50/1048575", "3:ffff/3", "4:50/-1");
    }

    @Test
    void aRecordOfUnknownTypeIsFedButNamesNoDevice() throws Exception {
        long[] words = prq(2, 0x50, 3);
        words[0] = (words[0] & ~0xffL) | 2;
        replay(TraceFormat.PRQ, WhenFull.WAIT, words);
        assertThat(appeared).containsExactly("1:50/3");
        assertThat(unit.written).hasSize(2);
    }

    @Test
    void eventsNameStreamAndSubstream() throws Exception {
        unit = new RingUnit("evtq", 32, 4);
        long[] words = {
            0xffff_fffe_0000_5810L, 0x8000_0000L, 0x1000, 0, // F_TRANSLATION, stream 0xfffffffe, SSV, substream 5
            0x0000_0001_0000_5013L, 0x8000_0001L, 0x1000, 0, // F_PERMISSION, stream 1, substream not valid
            0x0000_0002_0000_00ffL, 0, 0, 0, // no such event
        };
        assertThat(replay(TraceFormat.EVTQ, WhenFull.WAIT, words).records()).isEqualTo(3);
        assertThat(appeared).containsExactly("0:fffffffe/5", "1:1/-1");
        assertThat(unit.written).hasSize(3);
    }

    @Test
    void priRecordsNameStreamAndSubstream() throws Exception {
        unit = new RingUnit("priq", 16, 4);
        long[] words = {
            0xd000_0005_0000_0007L, 0x1000, // SSV, last, read, substream 5, stream 7
            0x5000_0005_ffff_ffffL, 0x2000, // last, read, substream not valid
        };
        assertThat(replay(TraceFormat.PRIQ, WhenFull.WAIT, words).records()).isEqualTo(2);
        assertThat(appeared).containsExactly("0:7/5", "1:ffffffff/-1");
    }

    @Test
    void aUnitWithoutTheRingIsNamed() {
        unit = new RingUnit("evtq", 32, 4);
        assertThatThrownBy(() -> replay(TraceFormat.PRQ, WhenFull.WAIT, prq(1, 1, 1)))
                .isInstanceOf(ReplayStoppedException.class)
                .hasMessageContainingAll("unit0", "prq", "--backend");
    }

    @Test
    void aRingThatStaysFullEndsTheReplay() {
        unit.stuck = true;
        assertThatThrownBy(() -> replay(TraceFormat.PRQ, WhenFull.WAIT, prq(10, 1, 1)))
                .isInstanceOf(ReplayStoppedException.class)
                .hasMessageContainingAll("unit0", "record 5")
                .hasMessageNotContaining("\n");
    }

    @Test
    void whatWasFedIsDrainedWhenTheFileTurnsOutToBeUnreadable() {
        long[] words = prq(3, 1, 1);
        for (int i = 0; i < words.length; i += 4) {
            words[i] &= ~0xffL;
        }
        assertThatThrownBy(() -> replay(TraceFormat.PRQ, WhenFull.WAIT, words)).isInstanceOf(UnreadableInput.class);
        assertThat(unit.drains).containsExactly(3);
        assertThat(appeared).isEmpty();
    }

    @Test
    void anInterruptedThreadStopsEvenWithRoomInTheRing() {
        unit = new RingUnit("prq", 32, Integer.MAX_VALUE);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> replay(TraceFormat.PRQ, WhenFull.WAIT, prq(2 * RecordReplay.STRIDE, 1, 1)))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    /** Page requests, each the last of its group; PASID -1 for none. */
    private static long[] prq(int count, int requesterId, int pasid) {
        long[] words = new long[4 * count];
        for (int i = 0; i < count; i++) {
            words[4 * i] = 1 | (long) requesterId << 16 | (pasid < 0 ? 0 : 1L << 8 | (long) pasid << 32);
            words[4 * i + 1] = (long) i << 12 | (i & 0x1ff) << 3 | 0b101;
        }
        return words;
    }

    private static long[] concat(long[]... parts) {
        return Arrays.stream(parts).flatMapToLong(Arrays::stream).toArray();
    }

    private byte[] written() {
        byte[] all = new byte[unit.written.size() * unit.recordSize()];
        for (int i = 0; i < unit.written.size(); i++) {
            System.arraycopy(unit.written.get(i), 0, all, i * unit.recordSize(), unit.recordSize());
        }
        return all;
    }

    private RecordReplay.Result replay(TraceFormat format, WhenFull whenFull, long[] words) throws Exception {
        RecordReplay.Listener listener = new RecordReplay.Listener() {
            @Override
            public void appeared(int id, int pasid) {
                appeared.add("%d:%x/%d".formatted(unit.written.size(), id, pasid));
            }
        };
        Path path = Inputs.file(folder, "dump", Inputs.words(words));
        try (RecordSource source = RecordSource.open(TraceFile.open(path), format)) {
            return new RecordReplay(unit, whenFull, listener).replay(source);
        }
    }
}
