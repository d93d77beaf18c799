// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.api.Translation;
import io.pgfault.sva.internal.file.OpenFile;
import io.pgfault.sva.internal.frame.PageFrames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A file that is mapped. Any thread.
 *
 * <p>A thread that loads a page whose predecessor is in memory reads ahead: it loads the missing pages of the same
 * cluster that follow (kernel: readahead). The thread holds the cluster's lock while it looks, reads and adds, and
 * takes that lock after the monitor of the wanted page. A page that was missing when the thread took the lock can
 * therefore not be loaded, changed and written back by another thread before the thread adds the page: the bytes that
 * were read are current.
 */
final class FileBacking implements Backing {
    private static final System.Logger LOG = System.getLogger(FileBacking.class.getName());

    /** A cluster has 32 pages, 128 KiB: the default of Linux's readahead. */
    private static final int CLUSTER_SHIFT = 5;

    private static final long CLUSTER_MASK = (1 << CLUSTER_SHIFT) - 1;

    private final PageCache cache;
    private final Path path;
    private final boolean writable;
    private final OpenFile file;
    private final PageLocks clusters = new PageLocks();

    /**
     * Opens the file.
     *
     * @param path the real path
     */
    FileBacking(PageCache cache, Path path, boolean writable) throws IOException {
        this.cache = cache;
        this.path = path;
        this.writable = writable;
        this.file = new OpenFile(path, writable);
    }

    @Override
    public boolean load(Readahead object, long index, long frame) throws IOException {
        long at = index << Translation.PAGE_SHIFT;
        if (at < 0) {
            return false;
        }
        ByteBuffer bytes = cache.buffers().acquire();
        try {
            synchronized (clusters.of(index >>> CLUSTER_SHIFT)) {
                bytes.limit((1 + missingAfter(object, index)) << Translation.PAGE_SHIFT);
                int read = file.read(bytes, at);
                if (read == 0) {
                    return false;
                }
                cache.frames().fill(frame, bytes, 0, Math.min(read, Translation.PAGE_SIZE));
                addReadahead(object, index, bytes, read);
            }
        } finally {
            cache.buffers().release(bytes);
        }
        return true;
    }

    /** How many pages after {@code index} are missing and worth reading in the same transfer, 0 to 31. */
    private int missingAfter(Readahead object, long index) {
        if ((index > 0 && !object.has(index - 1)) || !cache.frames().isAboveReserve()) {
            return 0;
        }
        int missing = 0;
        while (((index + missing) & CLUSTER_MASK) != CLUSTER_MASK && !object.has(index + missing + 1)) {
            missing++;
        }
        return missing;
    }

    /** Adds the pages after {@code index} that were read; stops when there is no frame. */
    private void addReadahead(Readahead object, long index, ByteBuffer bytes, int read) {
        for (int next = Translation.PAGE_SIZE; next < read; next += Translation.PAGE_SIZE) {
            long frame = cache.frames().allocate();
            if (frame == PageFrames.NONE) {
                return;
            }
            cache.frames().fill(frame, bytes, next, Math.min(read - next, Translation.PAGE_SIZE));
            object.add(index + (next >>> Translation.PAGE_SHIFT), frame);
        }
    }

    @Override
    public void store(long position, ByteBuffer bytes) throws IOException {
        long left = file.size() - position;
        if (left < bytes.remaining()) {
            bytes.limit(bytes.position() + (int) Math.max(0, left));
        }
        file.write(bytes, position);
    }

    @Override
    public boolean isFile() {
        return true;
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "can't close " + path, e);
        }
    }
}
