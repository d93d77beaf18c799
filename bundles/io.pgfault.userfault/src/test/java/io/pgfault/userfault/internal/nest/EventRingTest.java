// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Unrecoverable events in the kernel's records; the offsets are written down here once more (rule N08). */
class EventRingTest {
    private static final long C_BAD_STE = 0x04;

    private final AtomicInteger woken = new AtomicInteger();
    private final EventRing ring = new EventRing(3, woken::incrementAndGet);

    /** What can be taken now: flags, sequence, and for an event its second word. */
    private List<String> taken() {
        List<String> all = new ArrayList<>();
        ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        while (ring.poll(out)) {
            out.flip();
            all.add(
                    out.remaining() == 8
                            ? "%d %d".formatted(out.getInt(0), out.getInt(4))
                            : "%d %d %x".formatted(out.getInt(0), out.getInt(4), out.getLong(16)));
            out.clear();
        }
        return all;
    }

    private boolean add(long word1) {
        return ring.add(0x10, C_BAD_STE, word1, 0, 0);
    }

    @Test
    void n08_anEventIsAHeaderAndTheRecordWithTheClientsStreamId() {
        assertThat(ring.add(0x1234, 0xdead_beef_0000_0804L, 2, 3, 0xf4)).isTrue();
        ByteBuffer out = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(ring.poll(out)).isTrue();
        assertThat(out.position()).isEqualTo(40);
        assertThat(out.getInt(0)).isZero();
        assertThat(out.getInt(4)).isZero();
        assertThat(out.getLong(8)).isEqualTo(0x0000_1234_0000_0804L);
        assertThat(out.getLong(16)).isEqualTo(2);
        assertThat(out.getLong(24)).isEqualTo(3);
        assertThat(out.getLong(32)).isEqualTo(0xf4);
        assertThat(ring.poll(out)).isFalse();
        assertThat(woken).hasValue(1);
    }

    @Test
    void n08_theNumberOfTheNextEventTellsOfALoss() {
        for (int i = 0; i < 5; i++) {
            add(i);
        }
        ByteBuffer one = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
        ring.poll(one);
        assertThat(add(5)).isTrue();

        assertThat(taken()).containsExactly("0 1 1", "0 2 2", "0 5 5");
    }

    @Test
    void n08_aLossAtTheEndIsAHeaderAlone() {
        for (int i = 0; i < 5; i++) {
            add(i);
        }
        assertThat(taken()).containsExactly("0 0 0", "0 1 1", "0 2 2", "1 4");
        assertThat(taken()).isEmpty();
        add(5);
        assertThat(taken()).containsExactly("0 5 5");
    }

    @Test
    void n08_onlyEventsOfTheFirstStageAreTheClients() {
        List<Integer> taken = new ArrayList<>();
        for (int id = 0; id < 256; id++) {
            if (ring.add(0x10, id, 0, 0, 0)) {
                taken.add(id);
            }
        }
        assertThat(taken).containsExactly(0x04, 0x06, 0x08, 0x0a, 0x10, 0x11, 0x12, 0x13);
    }
}
