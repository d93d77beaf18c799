// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.NestedTable;
import java.util.Optional;

/**
 * A first stage of a client on the guest's memory. Any thread.
 *
 * @param memory the guest's memory, which is the page table of {@code secondStage} too
 * @param groups the queue of the client
 * @param events the client's unrecoverable events, empty if the configuration has no place for them
 */
record ClientTable(
        FirstStage firstStage,
        Domain secondStage,
        PhysicalMemory memory,
        ClientGroups groups,
        Optional<EventRing> events)
        implements NestedTable, ClientGroups {
    @Override
    public boolean offer(FaultGroup group) {
        return groups.offer(group);
    }

    @Override
    public boolean event(Device device, long word0, long word1, long word2, long word3) {
        return events.isPresent() && events.get().add(device.id(), word0, word1, word2, word3);
    }
}
