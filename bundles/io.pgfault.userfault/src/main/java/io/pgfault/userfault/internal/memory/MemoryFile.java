// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.memory;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory in a file that other processes map too: byte {@code base + n} is the file's byte {@code n}. This process maps
 * the whole file shared, so that another process sees at once what a device writes. The file must keep its size while
 * the memory is in use. A thread that populates a page of a file that has become shorter logs one message, and from
 * then on the memory is empty: every access fails, and every fault is INVALID. A thread that reaches a lost page before
 * that gets an {@code InternalError} of the JVM (SIGBUS), at some time after the access. Any thread.
 */
public final class MemoryFile implements PhysicalMemory {
    /** The bytes in one mapped buffer, a multiple of the page size: a page lies in one buffer. */
    private static final long PIECE = 1L << 30;

    /** Words of the mapped buffers, which begin at a page, so that a multiple of 8 is aligned. */
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final System.Logger LOG = System.getLogger(MemoryFile.class.getName());

    private final Path file;
    private final long base;
    private final long size;
    private final ByteBuffer[] pieces;
    /** Whether the file has lost bytes. Any thread sets it, once; any thread reads it. */
    private final AtomicBoolean lost = new AtomicBoolean();

    /**
     * Maps a file.
     *
     * @param base address of the file's first byte, a multiple of the page size
     * @throws IllegalArgumentException if the file doesn't exist, or the size or the base is not whole pages; the
     *     message says what to do
     */
    public MemoryFile(Path file, long base) {
        this.file = file;
        this.base = base;
        try {
            this.size = Files.size(file);
            if (size == 0 || size % Translation.PAGE_SIZE != 0 || base % Translation.PAGE_SIZE != 0) {
                throw new IllegalArgumentException(
                        "memory %s has %d bytes and starts at 0x%x; give it a size and a base of whole 4096-byte pages"
                                .formatted(file, size, base));
            }
            this.pieces = new ByteBuffer[(int) ((size + PIECE - 1) / PIECE)];
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                for (int i = 0; i < pieces.length; i++) {
                    long at = i * PIECE;
                    pieces[i] = channel.map(FileChannel.MapMode.READ_WRITE, at, Math.min(PIECE, size - at));
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "memory %s can't be mapped (%s); make a file of the memory's size first".formatted(file, e), e);
        }
    }

    /** Whether the file still has all of its bytes. Asks the operating system. */
    boolean isWhole() {
        try {
            return !lost.get() && (Files.size(file) >= size || lost(null));
        } catch (IOException e) {
            return lost(e);
        }
    }

    /** Whether the file has lost bytes, as far as a thread has noticed. */
    boolean isLost() {
        return lost.get();
    }

    private boolean lost(Throwable cause) {
        if (lost.compareAndSet(false, true)) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "memory %s has lost bytes: it was mapped with %d bytes; every access to it fails now; give the file its size again, then restart its fault queue"
                            .formatted(file, size),
                    cause);
        }
        return false;
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        int length = checkedLength(address, to);
        ByteBuffer piece = piece(address);
        if (piece == null) {
            return false;
        }
        to.put(to.position(), piece, offset(address), length);
        to.position(to.limit());
        return true;
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        int length = checkedLength(address, from);
        ByteBuffer piece = piece(address);
        if (piece == null) {
            return false;
        }
        piece.put(offset(address), from, from.position(), length);
        from.position(from.limit());
        return true;
    }

    @Override
    public long load(long address) {
        ByteBuffer piece = piece(address);
        return piece == null ? 0 : (long) WORD.getVolatile(piece, offset(address));
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        ByteBuffer piece = piece(address);
        return piece != null && WORD.compareAndSet(piece, offset(address), expected, value);
    }

    @Override
    public boolean contains(long address) {
        return piece(address) != null;
    }

    @Override
    public long frames() {
        return size / Translation.PAGE_SIZE;
    }

    /** All frames: this process can't see which frames another process uses. */
    @Override
    public long framesInUse() {
        return frames();
    }

    private static int checkedLength(long address, ByteBuffer bytes) {
        int offset = (int) address & (Translation.PAGE_SIZE - 1);
        if (offset + bytes.remaining() > Translation.PAGE_SIZE) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at 0x%x don't lie within one page".formatted(bytes.remaining(), address));
        }
        return bytes.remaining();
    }

    private ByteBuffer piece(long address) {
        long at = address - base;
        return Long.compareUnsigned(at, size) < 0 && !lost.get() ? pieces[(int) (at / PIECE)] : null;
    }

    private int offset(long address) {
        return (int) ((address - base) % PIECE);
    }
}
