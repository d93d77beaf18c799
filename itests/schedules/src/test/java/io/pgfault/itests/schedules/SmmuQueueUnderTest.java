// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import io.pgfault.smmuv3.internal.driver.CommandQueue;
import io.pgfault.smmuv3.internal.hardware.Hardware;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * The real command queue of the SMMUv3 driver over the real hardware model: the one class of this module that names
 * classes of SMMUv3. The queue has four places, so inserting threads meet a full queue.
 */
final class SmmuQueueUnderTest {
    private static final long PRI_RESP = 0x0000_0005_0000_0041L;
    private static final long SUCCESS = 0x2000;
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);

    private final Memory memory = new Memory(new Sizes(1, 1, 2, 1));
    private final Hardware hardware = new Hardware(memory, 1, () -> {});
    private final CommandQueue commands = new CommandQueue("smmu3.0", hardware, memory, true);

    /** @param consumed receives the group id of each response that the hardware consumes, while it does so */
    SmmuQueueUnderTest(IntConsumer consumed) {
        hardware.tap((record, code) -> consumed.accept((int) record.getLong(8) & 0x1ff));
    }

    /** Writes a response and tells the hardware. */
    void respond(int prgIndex) {
        commands.send(PRI_RESP, SUCCESS | prgIndex);
    }

    /** Writes a response; {@link #ring} tells the hardware. */
    void insert(int prgIndex) {
        commands.insert(PRI_RESP, SUCCESS | prgIndex);
    }

    void ring() {
        commands.ring();
    }

    /** Writes a command that stops the hardware's queue. */
    void sendBad() {
        commands.send(0xff, 0xdead);
    }

    /** Returns when everything inserted before has been carried out; false if the time was over first. */
    boolean sync() throws InterruptedException {
        return commands.sync(LIMIT);
    }
}
