// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Downstream;
import io.pgfault.vtd.internal.hardware.Function;
import io.pgfault.vtd.internal.hardware.HostMemory;
import io.pgfault.vtd.internal.hardware.RemappingHardware;

/**
 * The real invalidation queue of the VT-d driver over the real hardware model: the one class of this module that names
 * classes of VT-d. One device with requester id {@value #DEVICE}.
 */
public final class VtdQueueUnderTest {
    private static final int DEVICE = 0x0310;

    private final HostMemory memory = new HostMemory(8);
    private final RemappingHardware hardware = new RemappingHardware(memory, (address, data) -> {});
    private final ResponseCommands commands = new ResponseCommands("dmar0", hardware, memory, 0);

    /** @param device receives the responses */
    public VtdQueueUnderTest(Downstream device) {
        hardware.connect(new Function(DEVICE, device));
        commands.enable();
    }

    /** Submits a response to group {@code prgIndex}. */
    public void respond(int prgIndex) {
        commands.respond(DEVICE, Pasid.NONE, prgIndex, 0, 0, 0);
    }

    /** Submits a descriptor that the hardware refuses. */
    public void submitBad() {
        commands.submit(0xe, 0, 0, 0);
    }

    /** Returns when a wait descriptor behind everything so far has been executed. */
    public void drain() {
        commands.await(0);
    }

    /** Returns when the hardware has executed everything that was submitted before. */
    public void awaitExecuted() {
        commands.awaitExecuted();
    }

    public void beginBatch() {
        commands.beginBatch();
    }

    public void endBatch() {
        commands.endBatch();
    }

    /** Takes the queue away from the hardware, after the hardware has executed everything. */
    public void disable() {
        commands.disable();
    }
}
