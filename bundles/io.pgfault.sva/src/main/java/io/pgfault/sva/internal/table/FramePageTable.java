// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import io.pgfault.api.Translation;
import io.pgfault.sva.internal.frame.FrameMemory;
import io.pgfault.sva.internal.frame.PageFrames;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * The page table of an address space in page frames, in the format of an architecture: a tree of tables of 512 words,
 * which units read on their own, and in which they set marks by compare-and-set (rules T01, T03). Any thread.
 *
 * <p>A last table, one whose words map pages, has a leaf lock; neighbours have different ones. A thread changes words
 * of a last table, and cuts the table out, under its leaf lock. A thread that links a table to an upper table, or cuts
 * one out there, holds {@link #links}, and takes it after a leaf lock. A table is zeroed before one store links it.
 *
 * <p>A reader takes no lock. Algorithm: a sequence check. A thread that frees tables first moves {@link #freed} on. A
 * reader reads {@code freed} before its walk and after, and walks again if the number has changed. Invariant: a walk
 * between two equal readings has read no frame that was free or used for something else at that time. For a frame is
 * freed only after it was cut out and {@code freed} has moved on after that: a reader that read the new number starts
 * at the root and doesn't find the table, and a reader that read the old number sees the new number at its end if the
 * reader has seen any word that was written after the frame was freed.
 *
 * <p>A walk begins at {@link #lastTables}, a cache of last tables, and at the root if the cache lacks the table. A
 * thread that holds a leaf lock fills and empties the places of the cache that belong to that lock. A thread that cuts
 * out a last table empties its place before the leaf lock is free again. Invariant: while a leaf lock is free, each of
 * its places is empty or names a table that is linked. So a table that was cut out is neither found at the root nor in
 * the cache after {@code freed} has moved on, and the sequence check covers the cache too.
 *
 * <p>A unit's walk has no such check. A unit is told of the range between cutting out and freeing, and an invalidation
 * returns when no walk that began before is under way (rule S06): so the tables may be freed then, as the frames of the
 * pages may.
 */
public class FramePageTable implements PageMap {
    private static final int ENTRIES = 1 << EntryFormat.INDEX_BITS;
    private static final int INDEX = ENTRIES - 1;
    private static final int WORD_SHIFT = 3;
    private static final int LEAF_LOCKS = 64;
    /** A multiple of the number of leaf locks, so that a place belongs to one lock; reaches over 1 GiB. */
    private static final int LAST_TABLES = 512;
    /** Frames lie below 2^40, page numbers below 2^44: a table's number and its frame's number fit into 63 bits. */
    private static final int FRAME_NUMBER_BITS = 28;

    private static final long FRAME_NUMBER = (1L << FRAME_NUMBER_BITS) - 1;

    private final PageFrames frames;
    private final FrameMemory memory;
    private final EntryFormat format;
    private final int top;
    private final LongAdder present = new LongAdder();
    private final Object links = new Object();
    private final Object[] leafLocks = new Object[LEAF_LOCKS];
    /**
     * Last tables, each in the place of its first page's number / 512 modulo the number of places: that number / 512 in
     * bits 63:28, the number of the table's frame in bits 27:0; 0 in an empty place. A thread writes a place under the
     * leaf lock of the table; any thread reads.
     */
    private final AtomicLongArray lastTables = new AtomicLongArray(LAST_TABLES);
    /** The address of the root; NONE before the first need and after the end. Written under {@code links}. */
    private volatile long root = PageFrames.NONE;
    /** How often tables have been freed. Written under {@code links}, read by any thread. */
    private volatile long freed;
    /** Whether the root was freed, after which there is no other. Guarded by {@code links}. */
    private boolean ended;

    /** An empty table; the root takes a frame when it is needed. */
    public FramePageTable(PageFrames frames, EntryFormat format) {
        this.frames = frames;
        this.memory = frames.memory();
        this.format = format;
        this.top = format.levels() - 1;
        for (int i = 0; i < LEAF_LOCKS; i++) {
            leafLocks[i] = new Object();
        }
    }

    /** The format of the words. */
    public EntryFormat format() {
        return format;
    }

    /** The address of the root, which stays until {@link #free}; {@link PageFrames#NONE} if there is no frame. */
    public long root() {
        if (root == PageFrames.NONE) {
            synchronized (links) {
                if (root == PageFrames.NONE && !ended) {
                    root = frames.allocateTable();
                }
            }
        }
        return root;
    }

    @Override
    public long lastPage() {
        return format.lastPage();
    }

    @Override
    public long get(long page) {
        return format.entry(word(page));
    }

    @Override
    public long walk(long page) {
        long word = word(page);
        long translation = format.translation(word);
        if (translation != Translation.NONE && (word & format.accessed()) == 0) {
            touch(page);
        }
        return translation;
    }

    private void touch(long page) {
        synchronized (leafLock(page)) {
            long leaf = leaf(page);
            if (leaf != PageFrames.NONE) {
                long at = slot(leaf, page, 0);
                long word;
                do {
                    word = memory.load(at);
                } while (format.translation(word) != Translation.NONE
                        && !memory.compareAndSet(at, word, word | format.accessed()));
            }
        }
    }

    /** The word of a page; 0 if there is no table for it. */
    private long word(long page) {
        while (true) {
            long before = freed;
            long leaf = locate(page);
            long word = leaf == PageFrames.NONE ? 0 : memory.load(slot(leaf, page, 0));
            if (freed == before) {
                return word;
            }
        }
    }

    /**
     * Walks down to the last table of a page. A test overrides this method, to run other threads between the walk and
     * the reading of the word.
     */
    long locate(long page) {
        long cached = cached(page);
        return cached == PageFrames.NONE ? descend(page, 0) : cached;
    }

    /** The last table of a page, or NONE. While the caller holds the leaf lock, no thread cuts that table out. */
    private long leaf(long page) {
        long cached = cached(page);
        return cached == PageFrames.NONE ? uncachedLeaf(page) : cached;
    }

    private long uncachedLeaf(long page) {
        while (true) {
            long before = freed;
            long leaf = descend(page, 0);
            if (freed == before) {
                if (leaf != PageFrames.NONE) {
                    cache(page, leaf);
                }
                return leaf;
            }
        }
    }

    /** The last table of a page if the cache has it, else NONE. */
    private long cached(long page) {
        long number = page >>> EntryFormat.INDEX_BITS;
        long place = lastTables.get(placeOf(number));
        return place >>> FRAME_NUMBER_BITS == number && place != 0
                ? (place & FRAME_NUMBER) << Translation.PAGE_SHIFT
                : PageFrames.NONE;
    }

    /** The caller holds the leaf lock of the page. */
    private void cache(long page, long leaf) {
        long number = page >>> EntryFormat.INDEX_BITS;
        lastTables.set(placeOf(number), number << FRAME_NUMBER_BITS | leaf >>> Translation.PAGE_SHIFT);
    }

    /** The caller holds the leaf lock of the page. */
    private void forget(long page) {
        if (cached(page) != PageFrames.NONE) {
            lastTables.set(placeOf(page >>> EntryFormat.INDEX_BITS), 0);
        }
    }

    private static int placeOf(long number) {
        return (int) number & (LAST_TABLES - 1);
    }

    /** The table of a level that covers a page, or NONE. The caller holds {@code links} or checks {@code freed}. */
    private long descend(long page, int level) {
        if (page > format.lastPage()) {
            return PageFrames.NONE;
        }
        long table = root;
        for (int at = top; at > level && table != PageFrames.NONE; at--) {
            long word = memory.load(slot(table, page, at));
            table = format.isTable(word) ? format.address(word) : PageFrames.NONE;
        }
        return table;
    }

    private static long slot(long table, long page, int level) {
        return table + (((page >>> (EntryFormat.INDEX_BITS * level)) & INDEX) << WORD_SHIFT);
    }

    private Object leafLock(long page) {
        return leafLocks[(int) (page >>> EntryFormat.INDEX_BITS) & (LEAF_LOCKS - 1)];
    }

    @Override
    public boolean set(long page, long entry) {
        long word = format.word(entry);
        long old;
        synchronized (leafLock(page)) {
            long leaf = leaf(page);
            if (leaf == PageFrames.NONE) {
                leaf = grow(page);
                if (leaf == PageFrames.NONE) {
                    return false;
                }
                cache(page, leaf);
            }
            long at = slot(leaf, page, 0);
            long kept;
            do {
                old = memory.load(at);
                kept = hasFrame(old) ? old & format.marks() : 0;
            } while (!memory.compareAndSet(at, old, word | kept));
        }
        if (!hasFrame(old)) {
            present.increment();
        }
        return true;
    }

    private boolean hasFrame(long word) {
        return word != 0 && PageEntry.isPresent(format.entry(word));
    }

    /** Links the tables that a page misses; NONE if there is no frame. The caller holds the leaf lock. */
    private long grow(long page) {
        synchronized (links) {
            long table = root();
            for (int level = top; level > 0 && table != PageFrames.NONE; level--) {
                long at = slot(table, page, level);
                long word = memory.load(at);
                if (format.isTable(word)) {
                    table = format.address(word);
                } else {
                    table = frames.allocateTable();
                    if (table != PageFrames.NONE) {
                        memory.store(at, format.table(table));
                    }
                }
            }
            return table;
        }
    }

    @Override
    public void clear(long page) {
        long old = 0;
        synchronized (leafLock(page)) {
            long leaf = leaf(page);
            if (leaf != PageFrames.NONE) {
                long at = slot(leaf, page, 0);
                do {
                    old = memory.load(at);
                } while (!memory.compareAndSet(at, old, 0));
            }
        }
        if (hasFrame(old)) {
            present.decrement();
        }
    }

    @Override
    public void forEach(long first, long last, LongConsumer visitor) {
        visit(first, last, 0, visitor);
    }

    @Override
    public void forEachTouched(long first, long last, LongConsumer visitor) {
        visit(first, last, format.accessed(), visitor);
    }

    /** @param marks which all of a page's word has */
    private void visit(long first, long last, long marks, LongConsumer visitor) {
        long[] found = new long[ENTRIES];
        for (long from = next(first, last, 0); from >= 0; from = next(from + ENTRIES, last, 0)) {
            int count = 0;
            synchronized (leafLock(from)) {
                long leaf = leaf(from);
                if (leaf != PageFrames.NONE) {
                    long end = Math.min(last, from + INDEX);
                    for (long page = Math.max(first, from); page <= end; page++) {
                        long word = memory.load(slot(leaf, page, 0));
                        if ((word & marks) == marks && hasFrame(word)) {
                            found[count++] = page;
                        }
                    }
                }
            }
            for (int i = 0; i < count; i++) {
                visitor.accept(found[i]);
            }
        }
    }

    @Override
    public void clearTouched(long first, long last) {
        for (long from = next(first, last, 0); from >= 0; from = next(from + ENTRIES, last, 0)) {
            synchronized (leafLock(from)) {
                long leaf = leaf(from);
                if (leaf != PageFrames.NONE) {
                    long end = Math.min(last, from + INDEX);
                    for (long page = Math.max(first, from); page <= end; page++) {
                        clearMark(slot(leaf, page, 0));
                    }
                }
            }
        }
    }

    private void clearMark(long at) {
        long word;
        do {
            word = memory.load(at);
        } while ((word & format.accessed()) != 0 && !memory.compareAndSet(at, word, word & ~format.accessed()));
    }

    /**
     * The first page of the first table of a level that covers a page from {@code first} to {@code last}, inclusive;
     * -1 if there is none.
     */
    private long next(long first, long last, int level) {
        synchronized (links) {
            long page = first;
            long end = Math.min(last, format.lastPage());
            long span = 1L << (EntryFormat.INDEX_BITS * (level + 1));
            while (root != PageFrames.NONE && page <= end) {
                int at = top;
                long table = root;
                while (at > level && table != PageFrames.NONE) {
                    long word = memory.load(slot(table, page, at));
                    table = format.isTable(word) ? format.address(word) : PageFrames.NONE;
                    at--;
                }
                if (table != PageFrames.NONE) {
                    return page & -span;
                }
                page = (page | ((1L << (EntryFormat.INDEX_BITS * (at + 1))) - 1)) + 1;
            }
            return -1;
        }
    }

    @Override
    public Pruned prune(long first, long last) {
        TableList cut = new TableList();
        for (long from = next(first, last, 0); from >= 0; from = next(from + ENTRIES, last, 0)) {
            synchronized (leafLock(from)) {
                cutOut(from, 0, cut);
            }
        }
        synchronized (links) {
            for (int level = 1; level < top; level++) {
                long span = 1L << (EntryFormat.INDEX_BITS * (level + 1));
                for (long from = next(first, last, level); from >= 0; from = next(from + span, last, level)) {
                    cutOut(from, level, cut);
                }
            }
        }
        return cut.isEmpty() ? Pruned.NOTHING : () -> free(cut);
    }

    /** Cuts out the table of a level that covers a page, if it is empty. For a last table, under the leaf lock. */
    private void cutOut(long page, int level, TableList cut) {
        synchronized (links) {
            long table = descend(page, level);
            if (table != PageFrames.NONE && isEmpty(table)) {
                if (level == 0) {
                    forget(page);
                }
                memory.store(slot(descend(page, level + 1), page, level + 1), 0);
                cut.add(table);
            }
        }
    }

    private boolean isEmpty(long table) {
        for (int i = 0; i < ENTRIES; i++) {
            if (memory.load(table + ((long) i << WORD_SHIFT)) != 0) {
                return false;
            }
        }
        return true;
    }

    private void free(TableList cut) {
        moveOn();
        cut.forEach(frames::releaseTable);
    }

    private void moveOn() {
        synchronized (links) {
            freed = freed + 1;
        }
    }

    @Override
    public long size() {
        return present.sum();
    }

    @Override
    public void free() {
        long gone;
        synchronized (links) {
            ended = true;
            gone = root;
            root = PageFrames.NONE;
            moveOn();
        }
        if (gone != PageFrames.NONE) {
            frames.releaseTable(gone);
        }
    }
}
