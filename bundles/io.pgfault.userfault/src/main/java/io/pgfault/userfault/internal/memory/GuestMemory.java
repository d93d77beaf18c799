// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.memory;

import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A guest's memory as an address space of the host: one area, whose pages become present on demand. The memory is a
 * file, or a part of a file: a guest that has a guest gives a part of its own memory. The page at address {@code base +
 * n} translates to byte {@code start + n} of the file, which is the address that {@link #read} and the other accesses
 * take. Nothing but the part translates (rule N04). Any thread.
 */
public final class GuestMemory implements AddressSpace, PhysicalMemory {
    private static final int ALL = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    private final String name;
    private final MemoryFile file;
    private final Area area;
    /** Where the part starts in the file. */
    private final long start;
    /** A bit for each page, set while the page is present. Any thread reads and changes a bit atomically. */
    private final AtomicLongArray present;

    private final AtomicLong populated = new AtomicLong();
    /** Whether the memory is gone. Written by the thread that closes, read by any thread. */
    private volatile boolean closed;

    /**
     * Maps a file.
     *
     * @param name for people
     * @param base the guest's address of the file's first byte, a multiple of the page size
     * @throws IllegalArgumentException as {@link MemoryFile}; if the memory exceeds the 52 bits of a second stage
     */
    public GuestMemory(String name, Path path, long base) {
        this(name, path, base, 0, 0);
    }

    /**
     * Maps a part of a file.
     *
     * @param start where the part starts in the file, whole pages
     * @param length of the part, whole pages; 0: to the end of the file
     * @throws IllegalArgumentException as above, or if the part doesn't lie in the file
     */
    public GuestMemory(String name, Path path, long base, long start, long length) {
        this.name = name;
        this.file = new MemoryFile(path, 0);
        long all = file.frames() * Translation.PAGE_SIZE;
        long size = length == 0 ? all - start : length;
        if ((start | size) % Translation.PAGE_SIZE != 0 || start < 0 || size <= 0 || size > all - start) {
            throw new IllegalArgumentException(
                    "memory %s has %d bytes; choose memory.offset and memory.size as whole 4096-byte pages within it, not %d and %d"
                            .formatted(path, all, start, length));
        }
        this.start = start;
        if (base % Translation.PAGE_SIZE != 0 || base < 0 || base + size > 1L << 52) {
            throw new IllegalArgumentException(
                    "memory %s starts at 0x%x; a second stage takes whole pages below 2^52".formatted(path, base));
        }
        this.area = new Area(base, base + size - 1, ALL, true, start, path.toString());
        this.present = new AtomicLongArray((int) ((size / Translation.PAGE_SIZE + Long.SIZE - 1) / Long.SIZE));
    }

    private long page(long address) {
        return (address - area.start()) >>> Translation.PAGE_SHIFT;
    }

    @Override
    public long walk(long address) {
        if (closed || file.isLost() || !area.contains(address)) {
            return Translation.NONE;
        }
        long page = page(address);
        long word = present.get((int) (page / Long.SIZE));
        return (word >>> page & 1) == 0
                ? Translation.NONE
                : Translation.of(start + (page << Translation.PAGE_SHIFT), ALL);
    }

    @Override
    public ResponseCode populate(long address, int permissions) {
        if (closed || !area.contains(address) || !file.isWhole()) {
            return ResponseCode.INVALID;
        }
        long page = page(address);
        // The kernel reads the page of the file now, on the handler's thread, and not when a device needs it.
        file.load(start + (page << Translation.PAGE_SHIFT));
        if (file.isLost()) {
            return ResponseCode.INVALID;
        }
        long bit = 1L << page;
        if ((present.getAndUpdate((int) (page / Long.SIZE), word -> word | bit) & bit) == 0) {
            populated.incrementAndGet();
        }
        return ResponseCode.SUCCESS;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Area> areas() {
        return closed ? List.of() : List.of(area);
    }

    @Override
    public Optional<Area> find(long address) {
        return !closed && area.contains(address) ? Optional.of(area) : Optional.empty();
    }

    @Override
    public long populatedPages() {
        return closed ? 0 : populated.get();
    }

    /** From now on nothing is mapped, and every fault is INVALID. The owner invalidates. */
    @Override
    public void close() {
        closed = true;
    }

    // The file

    @Override
    public boolean read(long address, ByteBuffer to) {
        return file.read(address, to);
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        return file.write(address, from);
    }

    @Override
    public long load(long address) {
        return file.load(address);
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        return file.compareAndSet(address, expected, value);
    }

    @Override
    public boolean contains(long address) {
        return file.contains(address);
    }

    @Override
    public long frames() {
        return (area.last() - area.start() + 1) / Translation.PAGE_SIZE;
    }

    @Override
    public long framesInUse() {
        return populatedPages();
    }
}
