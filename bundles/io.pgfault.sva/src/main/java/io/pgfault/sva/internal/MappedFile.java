// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file that is mapped somewhere. Any thread.
 *
 * <p>Pages that are wanted in order are read a cluster at a time: when a page is loaded and the one before it is there,
 * those after it are loaded with it, as far as they are missing, and wait for their own faults (kernel: readahead). All
 * pages of a cluster are loaded under one lock, which is taken after the monitor of the page that is wanted. A page that
 * was missing when the lock was taken can therefore not be loaded, changed and written back by anybody else before it is
 * added, and what was read of it is what it holds.
 */
final class MappedFile extends MemoryObject {
    private static final System.Logger LOG = System.getLogger(MappedFile.class.getName());

    /** A cluster is 32 pages, 128 KiB, as Linux reads ahead unless told otherwise. */
    private static final int CLUSTER_SHIFT = 5;

    private static final long CLUSTER_MASK = (1 << CLUSTER_SHIFT) - 1;

    private final MappedFiles files;
    private final MappedFiles.Key key;
    private final OpenFile file;
    private final PageLocks clusters = new PageLocks();

    MappedFile(PageFrames frames, MappedFiles files, MappedFiles.Key key) throws IOException {
        super(frames);
        this.files = files;
        this.key = key;
        this.file = new OpenFile(key.path(), key.writable());
    }

    @Override
    boolean load(long index, long frame) throws IOException {
        long at = index << Translation.PAGE_SHIFT;
        if (at < 0) {
            return false;
        }
        ByteBuffer bytes = files.buffers().take();
        try {
            synchronized (clusters.of(index >>> CLUSTER_SHIFT)) {
                bytes.limit((1 + missingAfter(index)) << Translation.PAGE_SHIFT);
                int read = file.read(bytes, at);
                if (read == 0) {
                    return false;
                }
                frames().fill(frame, bytes, 0, Math.min(read, Translation.PAGE_SIZE));
                for (int next = Translation.PAGE_SIZE; next < read; next += Translation.PAGE_SIZE) {
                    long following = index + (next >>> Translation.PAGE_SHIFT);
                    if (!add(following, bytes, next, Math.min(read - next, Translation.PAGE_SIZE))) {
                        break;
                    }
                }
            }
        } finally {
            files.buffers().give(bytes);
        }
        return true;
    }

    /** How many pages after this one are missing and worth reading with it. */
    private int missingAfter(long index) {
        if ((index > 0 && !has(index - 1)) || !frames().isPlentiful()) {
            return 0;
        }
        int missing = 0;
        while (((index + missing) & CLUSTER_MASK) != CLUSTER_MASK && !has(index + missing + 1)) {
            missing++;
        }
        return missing;
    }

    /** Adds a page that was read before it is asked for; false if there is no frame, and no use in going on. */
    private boolean add(long index, ByteBuffer bytes, int from, int length) {
        long frame = frames().allocate();
        if (frame == PageFrames.NONE) {
            return false;
        }
        frames().fill(frame, bytes, from, length);
        CachedPage page = new CachedPage(this, index);
        synchronized (page) {
            if (add(page)) {
                page.loaded(frame);
            } else {
                frames().unshare(frame);
            }
        }
        return true;
    }

    @Override
    void store(long position, ByteBuffer bytes) throws IOException {
        long left = file.size() - position;
        if (left < bytes.remaining()) {
            bytes.limit(bytes.position() + (int) Math.max(0, left));
        }
        file.write(bytes, position);
    }

    boolean isWritable() {
        return key.writable();
    }

    @Override
    boolean isReclaimable() {
        return true;
    }

    @Override
    void ended() {
        files.remove(key, this);
        close();
    }

    /** Closes the file; it has no page. */
    void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "can't close " + key.path(), e);
        }
    }

    @Override
    public String toString() {
        return key.path().toString();
    }
}
