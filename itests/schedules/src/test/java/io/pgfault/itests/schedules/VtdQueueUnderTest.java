// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.vtd.internal.driver.CommandQueue;
import io.pgfault.vtd.internal.driver.Responses;
import io.pgfault.vtd.internal.hardware.AttachedDevice;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.Memory;
import java.util.concurrent.TimeUnit;

/**
 * The real command queue and responses of the VT-d driver over the real hardware model: the one class of this module
 * that names classes of VT-d. One device with requester id {@value #DEVICE}.
 */
final class VtdQueueUnderTest {
    private static final int DEVICE = 0x0310;
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);

    private final Memory memory = new Memory(8);
    private final Hardware hardware = new Hardware(memory);
    private final CommandQueue commands = new CommandQueue("dmar0", hardware, memory, 0);
    private final Responses responses = new Responses(commands);

    /** @param device receives the responses */
    public VtdQueueUnderTest(Downstream device) {
        hardware.connect(new AttachedDevice(DEVICE, device));
        commands.enable();
    }

    /** Submits a response to group {@code prgIndex}. */
    public void respond(int prgIndex) {
        responses.respond(DEVICE, Pasid.NONE, prgIndex, 0, 0, ResponseCode.SUCCESS);
    }

    /** Submits a descriptor that the hardware refuses. */
    public void submitBad() {
        commands.submit(0xe, 0, 0, 0);
    }

    /** Returns when a wait descriptor behind everything so far has been executed; false if the time was over first. */
    public boolean drain() {
        return commands.await(0, LIMIT);
    }

    /**
     * Returns when the hardware has executed everything that was submitted before; false if the time was over first.
     */
    public boolean awaitExecuted() {
        return commands.awaitExecuted(LIMIT);
    }

    public void beginBatch() {
        commands.beginBatch();
    }

    public void endBatch() {
        commands.endBatch();
    }

    /** Takes the queue away from the hardware, after the hardware has executed everything. */
    public void disable() {
        commands.disable(LIMIT);
    }
}
