// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Physical memory by page frames, one for all address spaces, within a budget. Any thread; taking and giving back a frame
 * takes no lock.
 *
 * <p>Frames lie off heap in slabs that are made when they are first needed. Frames that were given back form a stack
 * through {@code next}; its head carries a count of changes, so that a frame that left and came back in between makes a
 * compare-and-set fail. A frame is anonymous, then it has a number of page table entries that share it, or it belongs to
 * a {@link CachedPage}, its owner.
 *
 * <p>Pages of recorded areas have an address of their own and no memory; those addresses lie where no frame is.
 *
 * <p>Immediate, like all components here that have state: it must not be lost when the last user of the service lets go.
 */
@Component(
        service = {PageFrames.class, PhysicalMemory.class},
        configurationPid = "io.pgfault.sva.frames",
        immediate = true)
@Designate(ocd = PageFrames.Config.class)
public final class PageFrames implements PhysicalMemory {
    /** Frames start at 4 GiB: below lies 0xFEExxxxx, which IOMMUs take for interrupt messages and not for memory. */
    static final long BASE = 1L << 32;

    /** Addresses of recorded pages start here. */
    static final long RECORDED = 1L << 46;

    /** No frame: the budget is spent. */
    static final long NONE = 0;

    private static final String DEFAULT_FRAMES = "256MiB";

    /** Frames that are kept free, if it can be done, so that who needs one need not wait for it to come free. */
    private static final int RESERVE = 512;

    /** A smaller memory has no reserve, nor a larger one more than an eighth. */
    private static final int RESERVE_FROM = 1024;

    /** The frame of zeros: no part of the budget, never given back, shared by all pages that are only read. */
    private static final int ZERO = 0;

    private static final int SLAB_SHIFT = 9;
    private static final int SLAB_FRAMES = 1 << SLAB_SHIFT;
    private static final int INDEX_BITS = 32;

    /** The budget, or what the process could have of it. */
    private volatile int frames;

    private final AtomicReferenceArray<ByteBuffer> slabs;
    private final AtomicReferenceArray<CachedPage> owners;
    private final AtomicIntegerArray shares;
    private final AtomicIntegerArray next;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(Translation.PAGE_SIZE);
    private final AtomicInteger fresh = new AtomicInteger(ZERO + 1);
    private final AtomicInteger inUse = new AtomicInteger();

    /** Count of changes in the upper half, the index of the first free frame plus one in the lower. */
    private final AtomicLong free = new AtomicLong();

    private final AtomicLong recorded = new AtomicLong(RECORDED);
    private final Reclaim reclaim = new Reclaim(this);
    private final MappedFiles files = new MappedFiles(this);

    /** The configuration of the memory. */
    @ObjectClassDefinition(name = "Page frames", description = "The memory of all address spaces.")
    public @interface Config {
        /** The budget. */
        @AttributeDefinition(
                name = "Frames",
                description =
                        "How much memory the pages of all address spaces may take: a number of 4 KiB pages, or bytes"
                                + " with KiB, MiB or GiB, for example 256MiB. Taken when it is needed, outside of the Java heap.")
        String frames() default DEFAULT_FRAMES;
    }

    /**
     * Memory of the configured size.
     *
     * @throws IllegalArgumentException if the size is not one; the message says what to write
     */
    @Activate
    public PageFrames(Config config) {
        this(FrameBudget.parse(config.frames()));
    }

    /** The default budget. */
    PageFrames() {
        this(FrameBudget.parse(DEFAULT_FRAMES));
    }

    /** A budget in frames. */
    PageFrames(int frames) {
        this.frames = frames;
        this.slabs = new AtomicReferenceArray<>((frames >>> SLAB_SHIFT) + 1);
        this.owners = new AtomicReferenceArray<>(frames + 1);
        this.shares = new AtomicIntegerArray(frames + 1);
        this.next = new AtomicIntegerArray(frames + 1);
        shares.set(ZERO, 1);
    }

    /** An address that no other page has, without memory behind it. */
    long record() {
        return recorded.getAndAdd(Translation.PAGE_SIZE);
    }

    /** The files that are mapped. */
    MappedFiles files() {
        return files;
    }

    /** Where frames come from when there are none. */
    Reclaim reclaim() {
        return reclaim;
    }

    /**
     * A frame that nobody else has, anonymous, with one share and undefined contents; {@link #NONE} if the budget is spent.
     */
    long allocate() {
        int index = pop();
        if (index < 0) {
            index = unused();
        }
        if (index < 0) {
            return NONE;
        }
        inUse.incrementAndGet();
        shares.set(index, 1);
        return BASE + ((long) index << Translation.PAGE_SHIFT);
    }

    /**
     * The frame of zeros, with one share more; {@link #NONE} if the process can't have memory for it. Nobody may write to
     * it: it always has a share that nobody gives back, so that a write to a private page that has it gets a copy.
     */
    long shareZeros() {
        if (slabs.get(ZERO >>> SLAB_SHIFT) == null && !makeSlab(ZERO >>> SLAB_SHIFT)) {
            return NONE;
        }
        shares.incrementAndGet(ZERO);
        return BASE;
    }

    private int pop() {
        while (true) {
            long head = free.get();
            int index = (int) head - 1;
            if (index < 0) {
                return -1;
            }
            if (free.compareAndSet(head, changed(head, next.get(index)))) {
                return index;
            }
        }
    }

    private void push(int index) {
        while (true) {
            long head = free.get();
            next.set(index, (int) head);
            if (free.compareAndSet(head, changed(head, index + 1))) {
                return;
            }
        }
    }

    private static long changed(long head, int first) {
        return ((head >>> INDEX_BITS) + 1) << INDEX_BITS | first;
    }

    private int unused() {
        while (true) {
            int index = fresh.get();
            if (index > frames) {
                return -1;
            }
            if (slabs.get(index >>> SLAB_SHIFT) == null && !makeSlab(index >>> SLAB_SHIFT)) {
                return -1;
            }
            if (fresh.compareAndSet(index, index + 1)) {
                return index;
            }
        }
    }

    /** False if the process can't have as much memory as the budget says. */
    private synchronized boolean makeSlab(int slab) {
        if (slabs.get(slab) != null) {
            return true;
        }
        try {
            slabs.set(slab, ByteBuffer.allocateDirect(SLAB_FRAMES << Translation.PAGE_SHIFT));
            return true;
        } catch (OutOfMemoryError e) {
            reclaim.outOfMemory(e);
            frames = Math.max(0, (slab << SLAB_SHIFT) - 1);
            return false;
        }
    }

    /** Whether there are more free frames than the reserve. */
    boolean isPlentiful() {
        int all = frames;
        return hasReserve() && all - inUse.get() > Math.min(RESERVE, all >>> 3);
    }

    /** Whether memory is large enough to keep some of it free. */
    boolean hasReserve() {
        return frames >= RESERVE_FROM;
    }

    /** The page whose frame comes next in a round over all frames; null if it has none. */
    CachedPage ownerAt(int index) {
        return owners.get(index);
    }

    /** How many frames have been used so far: those that a round has to look at. */
    int touched() {
        return fresh.get();
    }

    /** One more page table entry has the anonymous frame. */
    void share(long frame) {
        shares.incrementAndGet(index(frame));
    }

    /** Whether more than one page table entry has the anonymous frame. */
    boolean isShared(long frame) {
        return shares.get(index(frame)) > 1;
    }

    /** One page table entry less has the anonymous frame; the last one frees it. No device may use it for that entry. */
    void unshare(long frame) {
        int index = index(frame);
        if (shares.decrementAndGet(index) == 0) {
            inUse.decrementAndGet();
            push(index);
        }
    }

    /** The frame belongs to a page of a file or of shared memory from now on; with null it is anonymous again. */
    void own(long frame, CachedPage owner) {
        owners.set(index(frame), owner);
    }

    /** Who the frame belongs to; null if it is anonymous or no frame. */
    CachedPage owner(long frame) {
        return isFrame(frame) ? owners.get(index(frame)) : null;
    }

    /** Whether there is memory behind an address. */
    boolean isFrame(long address) {
        return address >= BASE && address - BASE < (frames + 1L) << Translation.PAGE_SHIFT;
    }

    /** Fills a frame with zeros from {@code offset} to its end. */
    void zero(long frame, int offset) {
        slab(frame).put(offset(frame) + offset, zeros, 0, Translation.PAGE_SIZE - offset);
    }

    /** Copies a whole frame. */
    void copy(long from, long to) {
        slab(to).put(offset(to), slab(from), offset(from), Translation.PAGE_SIZE);
    }

    /** Copies bytes into the beginning of a frame, and fills the rest with zeros. */
    void fill(long frame, ByteBuffer bytes, int from, int length) {
        slab(frame).put(offset(frame), bytes, from, length);
        if (length < Translation.PAGE_SIZE) {
            zero(frame, length);
        }
    }

    /** Copies a whole frame to where {@code to} stands. */
    void drain(long frame, ByteBuffer to) {
        to.put(to.position(), slab(frame), offset(frame), Translation.PAGE_SIZE);
        to.position(to.position() + Translation.PAGE_SIZE);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        int length = to.remaining();
        checkWithinPage(address, length);
        ByteBuffer slab = memory(address);
        if (slab == null) {
            return false;
        }
        to.put(to.position(), slab, offset(address), length);
        to.position(to.limit());
        return true;
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        int length = from.remaining();
        checkWithinPage(address, length);
        ByteBuffer slab = memory(address);
        if (slab == null) {
            return false;
        }
        slab.put(offset(address), from, from.position(), length);
        from.position(from.limit());
        return true;
    }

    @Override
    public boolean copy(long from, long to, int length) {
        checkWithinPage(from, length);
        checkWithinPage(to, length);
        ByteBuffer source = memory(from);
        ByteBuffer destination = memory(to);
        if (source == null || destination == null) {
            return false;
        }
        destination.put(offset(to), source, offset(from), length);
        return true;
    }

    @Override
    public long frames() {
        return frames;
    }

    @Override
    public long framesInUse() {
        return inUse.get();
    }

    private static void checkWithinPage(long address, int length) {
        int offset = (int) address & (Translation.PAGE_SIZE - 1);
        if (offset + length > Translation.PAGE_SIZE) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at 0x%x don't lie within one page".formatted(length, address));
        }
    }

    private ByteBuffer memory(long address) {
        return isFrame(address) ? slab(address) : null;
    }

    private ByteBuffer slab(long address) {
        return slabs.get(index(address) >>> SLAB_SHIFT);
    }

    private static int index(long address) {
        return (int) ((address - BASE) >>> Translation.PAGE_SHIFT);
    }

    /** Where an address lies in its slab. */
    private static int offset(long address) {
        return (int) (address - BASE) & ((SLAB_FRAMES << Translation.PAGE_SHIFT) - 1);
    }
}
