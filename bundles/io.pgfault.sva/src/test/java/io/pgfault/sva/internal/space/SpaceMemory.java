// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A device without a TLB that reads and writes memory: it faults, walks and transfers. */
record SpaceMemory(AddressSpace space, SystemMemory frames) {
    /** The byte there, or -1 if the access is refused. */
    int read(long address) {
        ByteBuffer one = ByteBuffer.allocate(1);
        if (space.populate(address, Permissions.READ) != ResponseCode.SUCCESS) {
            return -1;
        }
        return frames.read(physical(address), one) ? one.get(0) & 0xff : -1;
    }

    /** Whether the byte could be written. */
    boolean write(long address, int value) {
        return space.populate(address, Permissions.WRITE) == ResponseCode.SUCCESS
                && Translation.grants(space.walk(address), Permissions.WRITE)
                && frames.write(physical(address), ByteBuffer.wrap(new byte[] {(byte) value}));
    }

    String text(long address, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) read(address + i);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private long physical(long address) {
        return Translation.address(space.walk(address)) + (address & 0xfff);
    }
}
