// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.PriRecord;

/**
 * What software gives a unit to work in: the memory in which driver and hardware meet.
 *
 * @param events the event queue
 * @param pri the PRI queue
 * @param commands the command queue
 * @param sync where CMD_SYNC signals
 * @param streams the stream table
 */
public record UnitMemory(
        QueueMemory events, QueueMemory pri, QueueMemory commands, SyncWord sync, StreamTable streams) {
    /** Allocates all of it. */
    public static UnitMemory allocate(Sizes sizes) {
        return new UnitMemory(
                new QueueMemory(sizes.eventQueue(), EventRecord.BYTES),
                new QueueMemory(sizes.priQueue(), PriRecord.BYTES),
                new QueueMemory(sizes.commandQueue(), Command.BYTES),
                new SyncWord(),
                new StreamTable());
    }
}
