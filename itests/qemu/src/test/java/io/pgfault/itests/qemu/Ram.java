// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.api.PhysicalMemory;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The memory of a machine of QEMU: a file that QEMU and this process map. Any thread. */
final class Ram implements PhysicalMemory {
    /** Bytes of a machine's memory. */
    static final int BYTES = 256 << 20;

    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final MappedByteBuffer memory;
    private final long base;
    private final long hole;
    private final long holeEnd;

    /**
     * Makes the file.
     *
     * @param base the physical address of the first byte
     * @param hole the first address within the memory at which the machine has something else
     * @param holeEnd the address behind it; {@code hole} if there is none
     */
    Ram(Path file, long base, long hole, long holeEnd) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES);
        }
        this.base = base;
        this.hole = hole;
        this.holeEnd = holeEnd;
    }

    /** The bytes from an address on, which this process and the machine share. */
    ByteBuffer at(long address, int length) {
        return memory.slice((int) (address - base), length).order(ByteOrder.LITTLE_ENDIAN);
    }

    void store(long address, long word) {
        WORD.setVolatile(memory, (int) (address - base), word);
    }

    @Override
    public long load(long address) {
        return contains(address) ? (long) WORD.getVolatile(memory, (int) (address - base)) : 0;
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        return contains(address) && WORD.compareAndSet(memory, (int) (address - base), expected, value);
    }

    @Override
    public boolean contains(long address) {
        return address >= base && address - base <= BYTES - 8 && (address < hole || address >= holeEnd);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        if (!contains(address)) {
            return false;
        }
        to.put(at(address, to.remaining()));
        return true;
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        if (!contains(address)) {
            return false;
        }
        at(address, from.remaining()).put(from);
        return true;
    }

    @Override
    public long frames() {
        return BYTES / 4096;
    }

    @Override
    public long framesInUse() {
        return frames();
    }
}
