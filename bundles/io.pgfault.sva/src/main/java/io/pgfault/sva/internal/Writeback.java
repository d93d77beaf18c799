// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes changed pages of one object back, neighbours with one write. A page that was copied counts as unchanged from then
 * on; if its write fails it is changed again. Whoever must know that the bytes have arrived waits for the one thread that
 * writes.
 */
final class Writeback {
    private final MemoryObject object;
    private final ByteBuffer bytes;
    private final List<CachedPage> run = new ArrayList<>(TransferBuffers.PAGES);

    /** Writes through {@code bytes}. */
    Writeback(MemoryObject object, ByteBuffer bytes) {
        this.object = object;
        this.bytes = bytes;
    }

    /**
     * Writes those of the pages that are changed.
     *
     * @param pages in order of index
     * @throws IOException if some could not be written; the others have been
     */
    void write(List<CachedPage> pages) throws IOException {
        IOException failure = null;
        bytes.clear();
        for (CachedPage page : pages) {
            if (!bytes.hasRemaining() || (!run.isEmpty() && !follows(page))) {
                failure = flush(failure);
            }
            if (page.copyIfChanged(bytes)) {
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

    /** Writes what has been copied; returns {@code before}, or why it failed if that is the first failure. */
    private IOException flush(IOException before) {
        IOException failure = before;
        if (!run.isEmpty()) {
            long first = run.get(0).index();
            try {
                object.store(first << Translation.PAGE_SHIFT, bytes.flip());
            } catch (IOException e) {
                run.forEach(CachedPage::notWritten);
                failure = before == null ? e : before;
            }
        }
        run.clear();
        bytes.clear();
        return failure;
    }
}
