// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.bus.RecordRing;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.nio.ByteBuffer;

/** The page request queue as a ring that takes raw descriptors (the format of {@code .prq} files). Any thread. */
final class PageRequestRecords implements RecordRing {
    private final PageRequestQueue queue;

    PageRequestRecords(PageRequestQueue queue) {
        this.queue = queue;
    }

    @Override
    public int recordSize() {
        return PageRequestDescriptor.SIZE;
    }

    @Override
    public boolean offer(ByteBuffer record) {
        return queue.offer(word(record, 0), word(record, 1), word(record, 2), word(record, 3));
    }

    @Override
    public boolean post(ByteBuffer record) {
        return queue.post(word(record, 0), word(record, 1), word(record, 2), word(record, 3));
    }

    @Override
    public boolean awaitRoom(long timeoutNanos) throws InterruptedException {
        return queue.awaitRoom(timeoutNanos);
    }

    private static long word(ByteBuffer record, int word) {
        return PageRequestDescriptor.word(record, record.position(), word);
    }
}
