// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The header of an event queue's records, byte for byte (rule N08). */
class EventHeaderTest {
    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void vEventqHeader_headerIsLittleEndian_whateverTheBuffersOrder(boolean big) {
        ByteBuffer buffer = ByteBuffer.allocate(10).order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        EventHeader.put(buffer, 1, EventHeader.LOST_EVENTS, 0x12345678);
        assertThat(buffer.array()).isEqualTo(bytes(0, 1, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0));
        assertThat(buffer.position()).isZero();
        assertThat(EventHeader.flags(buffer, 1)).isEqualTo(1);
        assertThat(EventHeader.lostEvents(buffer, 1)).isTrue();
        assertThat(EventHeader.sequence(buffer, 1)).isEqualTo(0x12345678);
    }

    @Test
    void vEventqHeader_everySequenceBitComesBack_withAndWithoutLoss() {
        ByteBuffer buffer = ByteBuffer.allocate(EventHeader.SIZE);
        for (int flags = 0; flags <= 1; flags++) {
            for (int bit = 0; bit < 31; bit++) {
                for (int sequence : new int[] {1 << bit, (1 << bit) - 1, Integer.MAX_VALUE ^ (1 << bit)}) {
                    EventHeader.put(buffer, 0, flags, sequence);
                    assertThat(EventHeader.sequence(buffer, 0)).isEqualTo(sequence);
                    assertThat(EventHeader.lostEvents(buffer, 0)).isEqualTo(flags == 1);
                }
            }
        }
    }

    @Test
    void vEventqHeader_whatTheLayoutDoesNotHave_isRefused_andNothingIsWritten() {
        ByteBuffer buffer = ByteBuffer.allocate(EventHeader.SIZE);
        for (int bit = 1; bit < 32; bit++) {
            int flags = 1 << bit;
            assertThatIllegalArgumentException().isThrownBy(() -> EventHeader.put(buffer, 0, flags, 0));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventHeader.put(buffer, 0, 0, -1))
                .withMessageContaining("sequence");
        assertThat(buffer.array()).containsOnly(0);
    }

    @Test
    void vEventqHeader_unknownFlagsAreRead_andAreNoLoss() {
        ByteBuffer buffer = ByteBuffer.wrap(bytes(0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0));
        assertThat(EventHeader.flags(buffer, 0)).isEqualTo(0xffff_fffe);
        assertThat(EventHeader.lostEvents(buffer, 0)).isFalse();
    }

    @Test
    void vEventqHeader_sequenceWrapsAt31Bits() {
        assertThat(EventHeader.next(0)).isEqualTo(1);
        assertThat(EventHeader.next(EventHeader.LAST_SEQUENCE - 1)).isEqualTo(EventHeader.LAST_SEQUENCE);
        assertThat(EventHeader.next(EventHeader.LAST_SEQUENCE)).isZero();
    }

    @Test
    void vEventqHeader_missedEventsAreCountedAcrossTheWrap() {
        for (int start : new int[] {0, 1, 1000, EventHeader.LAST_SEQUENCE - 20, EventHeader.LAST_SEQUENCE}) {
            int current = start;
            for (int missed : IntStream.range(0, 50).toArray()) {
                current = EventHeader.next(current);
                assertThat(EventHeader.missed(start, current)).isEqualTo(missed);
            }
        }
        assertThat(EventHeader.missed(5, 5)).isEqualTo(EventHeader.LAST_SEQUENCE);
    }
}
