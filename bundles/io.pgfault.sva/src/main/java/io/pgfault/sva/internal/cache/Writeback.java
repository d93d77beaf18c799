// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.api.Translation;
import io.pgfault.sva.internal.file.TransferBuffers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes dirty pages of one object back, neighbours with one write. A page that was copied counts as clean until its
 * write fails. The thread that writes holds the object's write-back lock, so a thread that gets the lock next finds
 * every page written or dirty.
 */
final class Writeback {
    /** Writes bytes from a byte position on. */
    @FunctionalInterface
    interface Store {
        void store(long position, ByteBuffer bytes) throws IOException;
    }

    private final Store store;
    private final ByteBuffer bytes;
    /** Pages that were copied and not written yet, without a gap between them. */
    private final List<CachedPage> run = new ArrayList<>(TransferBuffers.PAGES);

    /** @param bytes a buffer of {@link TransferBuffers} */
    Writeback(Store store, ByteBuffer bytes) {
        this.store = store;
        this.bytes = bytes;
    }

    /**
     * Writes the dirty pages among {@code pages}.
     *
     * @param pages in order of index
     * @throws IOException if some pages could not be written; those are dirty again, the others are written
     */
    void write(List<CachedPage> pages) throws IOException {
        IOException failure = null;
        bytes.clear();
        for (CachedPage page : pages) {
            if (!bytes.hasRemaining() || (!run.isEmpty() && !follows(page))) {
                failure = flush(failure);
            }
            if (page.copyIfDirty(bytes)) {
                run.add(page);
            }
        }
        failure = flush(failure);
        if (failure != null) {
            throw failure;
        }
    }

    private boolean follows(CachedPage page) {
        return page.index() == run.get(run.size() - 1).index() + 1;
    }

    /** Writes the run; returns {@code before}, or the run's failure if {@code before} is null. */
    private IOException flush(IOException before) {
        IOException failure = before;
        if (!run.isEmpty()) {
            long first = run.get(0).index();
            try {
                store.store(first << Translation.PAGE_SHIFT, bytes.flip());
            } catch (IOException e) {
                run.forEach(CachedPage::redirty);
                failure = before == null ? e : before;
            }
        }
        run.clear();
        bytes.clear();
        return failure;
    }
}
