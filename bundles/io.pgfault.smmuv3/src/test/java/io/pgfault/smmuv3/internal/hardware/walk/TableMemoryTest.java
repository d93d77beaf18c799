// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** A part of memory that another owner has: the tables of a guest's unit lie where the host finds them. */
class TableMemoryTest {
    private static final long BASE = 0x380_3000L;
    private static final int BLOCK = 1 << 16;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(4 * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    private final TableMemory memory = new TableMemory(BASE, bytes);

    @Test
    void aRegion_isAlignedToItsLength_andItsWordsAreTheOwnersBytes() {
        long small = memory.allocate(13);
        long large = memory.allocate(16);

        assertThat(small).isEqualTo(0x380_4000L);
        assertThat(large).isEqualTo(0x381_0000L);
        memory.store(large + 8, 0x0123_4567_89ab_cdefL);
        assertThat(bytes.getLong((int) (large + 8 - BASE))).isEqualTo(0x0123_4567_89ab_cdefL);
        bytes.putLong((int) (small + 16 - BASE), 42);
        assertThat(memory.load(small + 16)).isEqualTo(42);
    }

    /** A guest that was killed leaves its tables in the memory that the next guest gets. */
    @Test
    void aRegion_isZeroed_beforeItIsGivenOut() {
        for (int at = 0; at < bytes.capacity(); at += Long.BYTES) {
            bytes.putLong(at, -1);
        }
        long region = memory.allocate(16);
        for (long at = region; at < region + BLOCK; at += Long.BYTES) {
            assertThat(memory.load(at)).isZero();
        }
        assertThat(bytes.getLong((int) (region + BLOCK - BASE)))
                .as("memory that is no region")
                .isEqualTo(-1);
    }

    @Test
    void whatIsNoRegion_isNoMemoryOfTheUnit() {
        long region = memory.allocate(12);

        assertThat(memory.contains(region)).isTrue();
        assertThat(memory.contains(region + 4096)).isFalse();
        assertThat(memory.contains(BASE - 8)).isFalse();
        assertThat(memory.frames()).isEqualTo(64);
        assertThat(memory.framesInUse()).isEqualTo(1);
    }

    @Test
    void withoutRoom_theMessageSaysHowMuchIsLeft() {
        memory.allocate(16);
        memory.allocate(16);
        memory.allocate(16);
        assertThatThrownBy(() -> memory.allocate(16))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("of 262144 are left");
    }

    @Test
    void aPartOfABlock_isRefused() {
        assertThatThrownBy(() -> new TableMemory(BASE, ByteBuffer.allocateDirect(4096)))
                .hasMessageContaining("0x3803000 of 0x1000 bytes");
        assertThatThrownBy(() -> new TableMemory(BASE + 8, bytes)).hasMessageContaining("0x3803008");
    }
}
