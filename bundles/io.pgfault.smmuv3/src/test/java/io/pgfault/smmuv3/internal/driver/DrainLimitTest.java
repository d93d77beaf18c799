// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.smmuv3.internal.hardware.Hardware;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Mmio;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.spec.Registers;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A barrier that the hardware doesn't complete in time is not taken for complete. */
@Timeout(30)
class DrainLimitTest {
    private static final long LIMIT = TimeUnit.MILLISECONDS.toNanos(20);

    private final Memory memory = new Memory(new Sizes(1, 1, 2, 1));
    private final Hardware hardware = new Hardware(memory, 1, () -> {});

    /** Hardware that doesn't look at its command queue. */
    private final Mmio deaf = new Mmio() {
        @Override
        public int read(int offset) {
            return hardware.read(offset);
        }

        @Override
        public void write(int offset, int value) {
            if (offset != Registers.CMDQ_PROD) {
                hardware.write(offset, value);
            }
        }
    };

    @Test
    void v10_aBarrierThatTimesOutSaysSo() throws Exception {
        CommandQueue commands = new CommandQueue("smmu3.7", deaf, memory, true);

        assertThat(commands.sync(LIMIT)).isFalse();
        assertThat(commands.sync(LIMIT)).isFalse();

        hardware.write(Registers.CMDQ_PROD, 2);
        assertThat(memory.syncWord()).isEqualTo(2);
    }

    @Test
    void v10_withoutMessages_aBarrierThatTimesOutSaysSo() throws Exception {
        CommandQueue commands = new CommandQueue("smmu3.7", deaf, memory, false);

        assertThat(commands.sync(LIMIT)).isFalse();
        hardware.write(Registers.CMDQ_PROD, 1);
        assertThat(memory.syncWord()).isZero();
    }

    @Test
    void v10_anInterruptEndsTheWaitForABarrier() throws Exception {
        CommandQueue commands = new CommandQueue("smmu3.7", deaf, memory, true);
        Thread.currentThread().interrupt();
        try {
            commands.sync(TimeUnit.SECONDS.toNanos(20));
            org.junit.jupiter.api.Assertions.fail("the wait went on");
        } catch (InterruptedException e) {
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }
}
