// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.smmuv3.spec.QueueRegisters;

/**
 * How large a unit is.
 *
 * @param eventQueue log2 of the event queue's records, 1 to 19
 * @param priQueue log2 of the PRI queue's records, 1 to 19
 * @param commandQueue log2 of the command queue's records, 1 to 19
 * @param stallMax how many transactions can be stalled at a time, 1 to 65536 (stall tags have 16 bits)
 */
public record Sizes(int eventQueue, int priQueue, int commandQueue, int stallMax) {
    /** Checks the ranges. */
    public Sizes {
        checkLog2("event.queue.log2", eventQueue);
        checkLog2("pri.queue.log2", priQueue);
        checkLog2("command.queue.log2", commandQueue);
        if (stallMax < 1 || stallMax > 1 << 16) {
            throw new IllegalArgumentException("stall.max is %d, must be 1 to 65536".formatted(stallMax));
        }
    }

    private static void checkLog2(String name, int log2) {
        if (log2 < 1 || log2 > QueueRegisters.LOG2_MAX) {
            throw new IllegalArgumentException(
                    "%s is %d, must be 1 to %d".formatted(name, log2, QueueRegisters.LOG2_MAX));
        }
    }
}
