// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.frame;

import io.pgfault.api.Translation;
import io.pgfault.parts.RateLimitedLog;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The frame allocator: hands out frames within a budget and counts the references to each. A frame is either anonymous,
 * then its references are the page table entries that share it, or it belongs to a page of the page cache, its owner.
 *
 * <p>Any thread; allocating and freeing take no lock. Free frames form a Treiber stack, linked through {@link #next}.
 * The stack's head carries a count of changes beside the index. Invariant: a compare-and-set of the head succeeds only
 * if no other thread has pushed or popped since the head was read, so a frame that was popped and pushed again in
 * between (ABA) can't corrupt the stack. Only the thread that has popped a frame, or is about to push it, writes the
 * frame's link.
 *
 * <p>A recorded page has an address of its own and no memory. Recorded addresses begin at 2^46, where no frame is.
 */
public final class PageFrames {
    /** No frame: the budget is spent. */
    public static final long NONE = 0;

    /** The first address of recorded pages. */
    public static final long RECORDED = 1L << 46;

    /** Frames that are kept free if possible, so that a fault need not wait for reclaim; never above 1/8 of memory. */
    private static final int RESERVE = 512;

    /** A memory of fewer frames keeps no reserve. */
    private static final int RESERVE_FROM = 1024;

    /** Number of the zero frame: outside the budget, never freed, shared by all anonymous pages that are only read. */
    private static final int ZERO = 0;

    private static final int INDEX_BITS = 32;
    private static final System.Logger LOG = System.getLogger(PageFrames.class.getName());

    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final FrameMemory memory;
    /** The owner of each frame; null for anonymous and free frames. The frame's user writes, any thread reads. */
    private final AtomicReferenceArray<FrameOwner> owners;
    /** References to each frame. Any thread. */
    private final AtomicIntegerArray references;
    /** For a free frame, 1 + the number of the free frame below it in the stack; 0 at the bottom. */
    private final AtomicIntegerArray next;
    /** Head of the stack: the count of changes in bits 63:32, 1 + the number of the topmost free frame in bits 31:0. */
    private final AtomicLong head = new AtomicLong();
    /** Number of the first frame that was never handed out. Any thread moves it on. */
    private final AtomicInteger unused = new AtomicInteger(ZERO + 1);

    private final AtomicInteger inUse = new AtomicInteger();
    /** How many of the frames in use hold tables. Any thread. */
    private final AtomicInteger tables = new AtomicInteger();

    private final AtomicLong recorded = new AtomicLong(RECORDED);
    /** The budget in frames. A thread that finds that the process can't have as much memory lowers it. */
    private volatile int budget;

    /** @param budget how many frames there are, 1 to {@link FrameBudget#MAX} */
    public PageFrames(int budget) {
        this(new FrameMemory(budget));
    }

    /**
     * Frames whose bytes are those of a file.
     *
     * @throws IllegalArgumentException if the process can't map the file
     */
    public PageFrames(FrameFile file) {
        this(new FrameMemory(file));
        zero(memory.address(ZERO));
    }

    private PageFrames(FrameMemory memory) {
        this.budget = memory.frames();
        this.memory = memory;
        this.owners = new AtomicReferenceArray<>(budget + 1);
        this.references = new AtomicIntegerArray(budget + 1);
        this.next = new AtomicIntegerArray(budget + 1);
        references.set(ZERO, 1);
    }

    /** The bytes of the frames. */
    public FrameMemory memory() {
        return memory;
    }

    /** Returns an address for a recorded page, which no other page has and behind which there is no memory. */
    public long allocateRecorded() {
        return recorded.getAndAdd(Translation.PAGE_SIZE);
    }

    /**
     * Allocates an anonymous frame with one reference and undefined contents.
     *
     * @return the frame's address, {@link #NONE} if the budget is spent
     */
    public long allocate() {
        int frame = pop();
        if (frame < 0) {
            frame = allocateUnused();
        }
        if (frame < 0) {
            return NONE;
        }
        inUse.incrementAndGet();
        references.set(frame, 1);
        return memory.address(frame);
    }

    /**
     * Allocates a frame of zeros for a table of a page table (kernel: {@code pagetable_alloc}).
     *
     * @return the frame's address, {@link #NONE} if the budget is spent
     */
    public long allocateTable() {
        long frame = allocate();
        if (frame != NONE) {
            tables.incrementAndGet();
            zero(frame);
        }
        return frame;
    }

    /** Frees a frame that {@link #allocateTable} returned. No unit walks the table any more. */
    public void releaseTable(long frame) {
        tables.decrementAndGet();
        release(frame);
    }

    /** How many of the frames in use hold tables of page tables. */
    public int tables() {
        return tables.get();
    }

    /**
     * Returns the zero frame with one more reference. No page may be mapped to it with WRITE: the zero frame always
     * counts as shared, so a write to a private page that maps it gets a copy.
     *
     * @return the frame's address, {@link #NONE} if the process can't have memory for it
     */
    public long shareZeros() {
        if (!requireMemory(ZERO)) {
            return NONE;
        }
        references.incrementAndGet(ZERO);
        return memory.address(ZERO);
    }

    private int pop() {
        while (true) {
            long top = head.get();
            int frame = (int) top - 1;
            if (frame < 0) {
                return -1;
            }
            if (head.compareAndSet(top, changed(top, next.get(frame)))) {
                return frame;
            }
        }
    }

    private void push(int frame) {
        while (true) {
            long top = head.get();
            next.set(frame, (int) top);
            if (head.compareAndSet(top, changed(top, frame + 1))) {
                return;
            }
        }
    }

    private static long changed(long top, int link) {
        return ((top >>> INDEX_BITS) + 1) << INDEX_BITS | link;
    }

    private int allocateUnused() {
        while (true) {
            int frame = unused.get();
            if (frame > budget || !requireMemory(frame)) {
                return -1;
            }
            if (unused.compareAndSet(frame, frame + 1)) {
                return frame;
            }
        }
    }

    /** Whether there is memory for a frame. If the process can't have it, the budget ends below the frame's slab. */
    private boolean requireMemory(int frame) {
        try {
            memory.require(frame);
            return true;
        } catch (OutOfMemoryError e) {
            int wanted = budget;
            budget = Math.max(0, FrameMemory.firstOfSlab(frame) - 1);
            log.warning(
                    () -> "page frames: the process can't have the %d KiB of 'frames' of io.pgfault.sva.frames; raise"
                                    .formatted(wanted * 4L)
                            + " -XX:MaxDirectMemorySize or lower 'frames'",
                    e);
            return false;
        }
    }

    /** Whether more frames are free than the reserve. */
    public boolean isAboveReserve() {
        int all = budget;
        return hasReserve() && all - inUse.get() > Math.min(RESERVE, all >>> 3);
    }

    /** Whether memory is large enough to keep a reserve. */
    public boolean hasReserve() {
        return budget >= RESERVE_FROM;
    }

    /** Returns the owner of a frame by the frame's number, 0 to {@link #used} - 1; null if the frame has none. */
    public FrameOwner ownerOf(int frame) {
        return owners.get(frame);
    }

    /** How many frames have been handed out at least once, the zero frame included. */
    public int used() {
        return unused.get();
    }

    /** Adds a reference to an anonymous frame. */
    public void share(long frame) {
        references.incrementAndGet(memory.frame(frame));
    }

    /** Whether an anonymous frame has more than one reference. */
    public boolean isShared(long frame) {
        return references.get(memory.frame(frame)) > 1;
    }

    /** Drops a reference. The last one frees the frame: no device may use the frame for that reference any more. */
    public void release(long frame) {
        int number = memory.frame(frame);
        if (references.decrementAndGet(number) == 0) {
            inUse.decrementAndGet();
            push(number);
        }
    }

    /** Gives a frame to a page of the page cache; {@code null} makes the frame anonymous again. */
    public void setOwner(long frame, FrameOwner owner) {
        owners.set(memory.frame(frame), owner);
    }

    /**
     * The owner of the frame at an address; null if the frame is anonymous or the address is that of a recorded page.
     */
    public FrameOwner owner(long frame) {
        return isFrame(frame) ? owners.get(memory.frame(frame)) : null;
    }

    /** Whether an address is that of a frame; the address of a recorded page is not. */
    public boolean isFrame(long address) {
        return memory.isFrame(address);
    }

    /** Fills a frame with zeros. */
    public void zero(long frame) {
        memory.zero(frame, 0);
    }

    /** Copies a whole frame. */
    public void copy(long from, long to) {
        memory.copyFrame(from, to);
    }

    /**
     * Copies bytes to the beginning of a frame, and fills the rest of the frame with zeros.
     *
     * @param from position of the first byte in {@code bytes}
     * @param length number of bytes, 0 to 4096
     */
    public void fill(long frame, ByteBuffer bytes, int from, int length) {
        memory.fill(frame, bytes, from, length);
    }

    /** Copies a whole frame to the position of {@code to} and moves the position on. */
    public void drain(long frame, ByteBuffer to) {
        memory.drain(frame, to);
    }

    /** Returns the most frames that may be in use at a time. */
    public int budget() {
        return budget;
    }

    /** How many frames of the budget are in use. */
    public int inUse() {
        return inUse.get();
    }
}
