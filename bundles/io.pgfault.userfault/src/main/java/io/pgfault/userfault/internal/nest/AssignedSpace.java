// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import io.pgfault.api.PageTable;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.FaultGroup;
import java.nio.ByteBuffer;

/**
 * The table of the domain by which a configuration assigns devices to a client that attaches first stages. The table
 * maps nothing: an access for which the client has attached no first stage is INVALID. The memory is the guest's, so
 * that an engine that is attached to the domain moves its bytes. Any thread.
 */
public final class AssignedSpace implements PageTable, PhysicalMemory, ClientGroups {
    private final PhysicalMemory memory;

    /** @param memory the guest's memory */
    public AssignedSpace(PhysicalMemory memory) {
        this.memory = memory;
    }

    @Override
    public long walk(long address) {
        return Translation.NONE;
    }

    /** Answers the group: its device has no first stage there. */
    @Override
    public boolean offer(FaultGroup group) {
        group.respond(ResponseCode.INVALID);
        return true;
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        return memory.read(address, to);
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        return memory.write(address, from);
    }

    @Override
    public long frames() {
        return memory.frames();
    }

    @Override
    public long framesInUse() {
        return memory.framesInUse();
    }
}
