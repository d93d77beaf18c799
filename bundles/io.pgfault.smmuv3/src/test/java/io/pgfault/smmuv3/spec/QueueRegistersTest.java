// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Index, wrap bit and overflow flag of IHI 0070 F.b §3.5.1, and offsets of §6.2. */
class QueueRegistersTest {
    @Test
    void theWrapBitIsAboveTheIndexBits() {
        assertThat(QueueRegisters.index(0b1_0110, 3)).isEqualTo(0b110);
        assertThat(QueueRegisters.wrap(0b1_0110, 3)).isZero();
        assertThat(QueueRegisters.wrap(0b1_1110, 3)).isEqualTo(1);
        assertThat(QueueRegisters.position(0xff00_001e, 3)).isEqualTo(0b1110);
        assertThat(QueueRegisters.OVERFLOW).isEqualTo(0x8000_0000);
        assertThat(QueueRegisters.LOG2_MAX).isEqualTo(19);
    }

    @Test
    void aQueueOfEightGoesRoundTwiceAndKeepsItsOverflowBit() {
        int[] expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0};
        int plain = 0;
        int overflowed = 0x8000_0000;
        for (int position : expected) {
            plain = QueueRegisters.next(plain, 3);
            overflowed = QueueRegisters.next(overflowed, 3);
            assertThat(plain).isEqualTo(position);
            assertThat(overflowed).isEqualTo(0x8000_0000 | position);
        }
    }

    @Test
    void fullIsTheSameIndexWithAnotherWrapBit() {
        for (int log2 : new int[] {1, 3, 19}) {
            int size = 1 << log2;
            for (int consumer : new int[] {0, 1, size - 1, size, 2 * size - 1}) {
                for (int count : new int[] {0, 1, size - 1, size}) {
                    int producer = (consumer + count) % (2 * size) | 0x8000_0000;
                    assertThat(QueueRegisters.count(producer, consumer, log2)).isEqualTo(count);
                    assertThat(QueueRegisters.isEmpty(producer, consumer, log2)).isEqualTo(count == 0);
                    assertThat(QueueRegisters.isFull(producer, consumer, log2)).isEqualTo(count == size);
                }
            }
        }
    }

    @Test
    void anOverflowIsAcknowledgedByTheSameBit() {
        assertThat(QueueRegisters.overflowed(0x8000_0005, 0x0000_0005)).isTrue();
        assertThat(QueueRegisters.overflowed(0x0000_0005, 0x8000_0005)).isTrue();
        assertThat(QueueRegisters.overflowed(0x8000_0005, 0x8000_0001)).isFalse();
        assertThat(QueueRegisters.acknowledge(0x8000_0005, 0x0000_0003)).isEqualTo(0x8000_0003);
        assertThat(QueueRegisters.acknowledge(0x0000_0005, 0x8000_0003)).isEqualTo(0x0000_0003);
    }

    @Test
    void registersLieWhereTheArchitecturePutsThem() {
        assertThat(Registers.GERROR).isEqualTo(0x60);
        assertThat(Registers.GERRORN).isEqualTo(0x64);
        assertThat(Registers.CMDQ_PROD).isEqualTo(0x98);
        assertThat(Registers.CMDQ_CONS).isEqualTo(0x9c);
        assertThat(Registers.EVENTQ_PROD).isEqualTo(0x100a8);
        assertThat(Registers.EVENTQ_CONS).isEqualTo(0x100ac);
        assertThat(Registers.PRIQ_PROD).isEqualTo(0x100c8);
        assertThat(Registers.PRIQ_CONS).isEqualTo(0x100cc);
        assertThat(Registers.GERROR_CMDQ_ERR).isEqualTo(1);
        assertThat(Registers.CERROR_ILL).isEqualTo(1);
        for (int bit = 0; bit < 32; bit++) {
            int expected = bit < 24 || bit > 30 ? 0 : 1 << (bit - 24);
            assertThat(Registers.cmdqError(1 << bit)).isEqualTo(expected);
        }
        assertThat(Registers.withCmdqError(0x7f00_0012, 1)).isEqualTo(0x0100_0012);
    }
}
