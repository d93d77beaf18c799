// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.frame;

import io.pgfault.api.Translation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The bytes of all page frames. The bytes lie off heap, in slabs of 512 frames. A slab is made when the first of its
 * frames is needed and stays, or all slabs are mapped from a {@link FrameFile} at the beginning.
 *
 * <p>Any thread. Two threads that write to one frame at a time are kept apart by the frame's users, as in real memory.
 */
public final class FrameMemory {
    /**
     * Address of frame 0 unless a file says otherwise: 4 GiB. Below lies 0xFEExxxxx, which an IOMMU takes for interrupt
     * messages, not for memory.
     */
    private static final long BASE = 1L << 32;

    /** Words of the slabs, which are direct or mapped buffers, so that a multiple of 8 is aligned. */
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private static final int SLAB_SHIFT = 9;
    private static final int SLAB_FRAMES = 1 << SLAB_SHIFT;

    /** The slabs. A thread that holds this object's monitor sets an element once; any thread reads. */
    private final AtomicReferenceArray<ByteBuffer> slabs;
    /** A page of zeros. No thread writes to it. */
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(Translation.PAGE_SIZE);

    private final int frames;
    /** Address of frame 0. */
    private final long base;

    /** @param frames how many frames there are, 1 to {@link FrameBudget#MAX} */
    FrameMemory(int frames) {
        this.frames = frames;
        this.base = BASE;
        this.slabs = new AtomicReferenceArray<>((frames >>> SLAB_SHIFT) + 1);
    }

    /**
     * Frames whose bytes are those of a file.
     *
     * @throws IllegalArgumentException if the process can't map the file
     */
    FrameMemory(FrameFile file) {
        this.frames = file.frames();
        this.base = FrameFile.BASE;
        this.slabs = new AtomicReferenceArray<>((frames >>> SLAB_SHIFT) + 1);
        int bytes = SLAB_FRAMES << Translation.PAGE_SHIFT;
        for (int i = 0; i < slabs.length(); i++) {
            slabs.set(i, file.map(base + (long) i * bytes, bytes));
        }
    }

    /** How many frames there are beside the zero frame. */
    int frames() {
        return frames;
    }

    /** Address of the first byte of a frame. */
    long address(int frame) {
        return base + ((long) frame << Translation.PAGE_SHIFT);
    }

    /** Number of the frame that holds an address. */
    int frame(long address) {
        return (int) ((address - base) >>> Translation.PAGE_SHIFT);
    }

    /** Number of the first frame of the slab that holds a frame. */
    static int firstOfSlab(int frame) {
        return frame >>> SLAB_SHIFT << SLAB_SHIFT;
    }

    /**
     * Makes the slab that holds a frame, unless the slab is there.
     *
     * @throws OutOfMemoryError if the process can't have the memory
     */
    void require(int frame) {
        if (slabs.get(frame >>> SLAB_SHIFT) == null) {
            makeSlab(frame >>> SLAB_SHIFT);
        }
    }

    private synchronized void makeSlab(int slab) {
        if (slabs.get(slab) == null) {
            slabs.set(slab, ByteBuffer.allocateDirect(SLAB_FRAMES << Translation.PAGE_SHIFT));
        }
    }

    /** Whether the address of a page is that of a frame. */
    boolean isFrame(long address) {
        return address >= base && address - base < (frames + 1L) << Translation.PAGE_SHIFT;
    }

    /** Fills a frame with zeros from {@code offset}, 0 to 4096, to its end. */
    void zero(long frame, int offset) {
        slab(frame).put(offset(frame) + offset, zeros, 0, Translation.PAGE_SIZE - offset);
    }

    /** Copies a whole frame. */
    void copyFrame(long from, long to) {
        slab(to).put(offset(to), slab(from), offset(from), Translation.PAGE_SIZE);
    }

    /** Copies bytes from a position of {@code bytes} to the beginning of a frame, and fills the rest with zeros. */
    void fill(long frame, ByteBuffer bytes, int from, int length) {
        slab(frame).put(offset(frame), bytes, from, length);
        if (length < Translation.PAGE_SIZE) {
            zero(frame, length);
        }
    }

    /** Copies a whole frame to the position of {@code to} and moves the position on. */
    void drain(long frame, ByteBuffer to) {
        to.put(to.position(), slab(frame), offset(frame), Translation.PAGE_SIZE);
        to.position(to.position() + Translation.PAGE_SIZE);
    }

    /** Reads bytes of one page, see {@code PhysicalMemory.read}; false if no frame has the address. */
    public boolean read(long address, ByteBuffer to) {
        int length = to.remaining();
        checkWithinPage(address, length);
        ByteBuffer slab = slabOrNull(address);
        if (slab == null) {
            return false;
        }
        to.put(to.position(), slab, offset(address), length);
        to.position(to.limit());
        return true;
    }

    /** Writes bytes of one page, see {@code PhysicalMemory.write}; false if no frame has the address. */
    public boolean write(long address, ByteBuffer from) {
        int length = from.remaining();
        checkWithinPage(address, length);
        ByteBuffer slab = slabOrNull(address);
        if (slab == null) {
            return false;
        }
        slab.put(offset(address), from, from.position(), length);
        from.position(from.limit());
        return true;
    }

    /** As {@code PhysicalMemory.copy}. */
    public boolean copy(long from, long to, int length) {
        checkWithinPage(from, length);
        checkWithinPage(to, length);
        ByteBuffer source = slabOrNull(from);
        ByteBuffer destination = slabOrNull(to);
        if (source == null || destination == null) {
            return false;
        }
        destination.put(offset(to), source, offset(from), length);
        return true;
    }

    /** Reads a word of 8 bytes, see {@code PhysicalMemory.load}. */
    public long load(long address) {
        ByteBuffer slab = slabOrNull(address);
        return slab == null ? 0 : (long) WORD.getVolatile(slab, offset(address));
    }

    /** Changes a word of 8 bytes atomically, see {@code PhysicalMemory.compareAndSet}. */
    public boolean compareAndSet(long address, long expected, long value) {
        ByteBuffer slab = slabOrNull(address);
        return slab != null && WORD.compareAndSet(slab, offset(address), expected, value);
    }

    /** Sets a word that has been loaded or compared before, in one access that no thread sees half of. */
    public void store(long address, long value) {
        WORD.setVolatile(slab(address), offset(address), value);
    }

    /** Whether a frame has the address, see {@code PhysicalMemory.contains}. */
    public boolean contains(long address) {
        return slabOrNull(address) != null;
    }

    private static void checkWithinPage(long address, int length) {
        int offset = (int) address & (Translation.PAGE_SIZE - 1);
        if (offset + length > Translation.PAGE_SIZE) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at 0x%x don't lie within one page".formatted(length, address));
        }
    }

    private ByteBuffer slabOrNull(long address) {
        return isFrame(address) ? slab(address) : null;
    }

    private ByteBuffer slab(long address) {
        return slabs.get(frame(address) >>> SLAB_SHIFT);
    }

    /** Where an address lies in its slab, in bytes. */
    private int offset(long address) {
        return (int) (address - base) & ((SLAB_FRAMES << Translation.PAGE_SHIFT) - 1);
    }
}
