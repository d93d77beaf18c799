// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The files that are mapped, so that all who map one share its pages. A file opened for reading and one opened for writing
 * are two, unless the one for writing is there already. Any thread.
 */
final class MappedFiles {
    /**
     * What tells mapped files apart.
     *
     * @param path the real path
     */
    record Key(Path path, boolean writable) {}

    private final PageFrames frames;
    private final Map<Key, MappedFile> files = new ConcurrentHashMap<>();
    private final TransferBuffers buffers = new TransferBuffers();

    MappedFiles(PageFrames frames) {
        this.frames = frames;
    }

    /** What pages are read and written through. */
    TransferBuffers buffers() {
        return buffers;
    }

    /** The file, with one reference taken. */
    MappedFile open(Path path, boolean writable) throws IOException {
        Path real = path.toRealPath();
        Key key = new Key(real, writable);
        while (true) {
            MappedFile there = files.get(new Key(real, true));
            if (there == null) {
                there = files.get(key);
            }
            if (there == null) {
                MappedFile opened = new MappedFile(frames, this, key);
                there = files.putIfAbsent(key, opened);
                if (there == null) {
                    return opened;
                }
                opened.close();
            }
            if (there.take()) {
                return there;
            }
        }
    }

    void remove(Key key, MappedFile file) {
        files.remove(key, file);
    }
}
