// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes memory objects. A file that is mapped has one object, so that all areas that map the file share its pages. A
 * file opened for reading and the same file opened for writing are two objects, unless the object for writing exists
 * first. Any thread.
 */
public final class MemoryObjects {
    /**
     * What tells mapped files apart.
     *
     * @param path the real path
     */
    private record Key(Path path, boolean writable) {}

    private final PageCache cache;
    private final Map<Key, MemoryObject> files = new ConcurrentHashMap<>();

    /** No file is mapped yet. */
    public MemoryObjects(PageCache cache) {
        this.cache = cache;
    }

    /** Makes shared anonymous memory, with one reference. */
    public MemoryObject shared() {
        return new MemoryObject(cache, new ZeroBacking(cache.frames()), "shared memory", object -> {});
    }

    /** Makes memory whose pages can't be had, with one reference. */
    public MemoryObject unavailable() {
        return new MemoryObject(cache, new UnavailableBacking(), "unavailable memory", object -> {});
    }

    /**
     * Returns the object of a file, with one more reference.
     *
     * @throws IOException if the file can't be opened
     */
    public MemoryObject file(Path path, boolean writable) throws IOException {
        Path real = path.toRealPath();
        Key key = new Key(real, writable);
        while (true) {
            MemoryObject file = files.get(new Key(real, true));
            if (file == null) {
                file = files.get(key);
            }
            if (file == null) {
                MemoryObject opened = openNew(key);
                file = files.putIfAbsent(key, opened);
                if (file == null) {
                    return opened;
                }
                opened.put();
            }
            if (file.get()) {
                return file;
            }
        }
    }

    private MemoryObject openNew(Key key) throws IOException {
        FileBacking backing = new FileBacking(cache, key.path(), key.writable());
        return new MemoryObject(cache, backing, key.path().toString(), object -> files.remove(key, object));
    }
}
