// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import java.io.IOException;
import java.io.RandomAccessFile;

/**
 * A file that is mapped somewhere. Any thread; one at a time reads or writes. The file is read and written through {@link
 * RandomAccessFile}, because an interrupt closes a channel, and the threads that resolve faults are interrupted when
 * handlers go.
 */
final class MappedFile extends MemoryObject {
    private static final System.Logger LOG = System.getLogger(MappedFile.class.getName());

    private final MappedFiles files;
    private final MappedFiles.Key key;
    private final RandomAccessFile file;
    private final byte[] bytes = new byte[Translation.PAGE_SIZE];

    MappedFile(PageFrames frames, MappedFiles files, MappedFiles.Key key) throws IOException {
        super(frames);
        this.files = files;
        this.key = key;
        this.file = new RandomAccessFile(key.path().toFile(), key.writable() ? "rw" : "r");
    }

    @Override
    boolean load(long index, long frame) throws IOException {
        synchronized (file) {
            return read(index, frame);
        }
    }

    private boolean read(long index, long frame) throws IOException {
        long at = index << Translation.PAGE_SHIFT;
        if (at < 0 || at >= file.length()) {
            return false;
        }
        file.seek(at);
        int read = 0;
        while (read < bytes.length) {
            int more = file.read(bytes, read, bytes.length - read);
            if (more < 0) {
                break;
            }
            read += more;
        }
        frames().fill(frame, bytes, read);
        if (read < bytes.length) {
            frames().zero(frame, read);
        }
        return read > 0;
    }

    @Override
    void store(long index, long frame) throws IOException {
        synchronized (file) {
            write(index, frame);
        }
    }

    private void write(long index, long frame) throws IOException {
        long at = index << Translation.PAGE_SHIFT;
        int length = (int) Math.min(bytes.length, file.length() - at);
        if (length <= 0) {
            return;
        }
        frames().drain(frame, bytes, length);
        file.seek(at);
        file.write(bytes, 0, length);
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
