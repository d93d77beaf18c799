// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import java.util.concurrent.atomic.AtomicReference;

/**
 * A device's pool of request storage, by powers of two: what was used once is used again, so reporting allocates only
 * while a device has more outstanding than ever before. The bounds of partials and of held requests bound the pool.
 *
 * <p>The device's lock guards the pool. A thread that answers a group holds no lock: it pushes the block onto a Treiber
 * stack, which the reporting thread takes as a whole when a block is missing, so no block is popped twice (no ABA). A
 * reporting thread that answers keeps one block aside without the stack.
 *
 * <p><b>Benchmark rows:</b> workers, groups of 8 (stack); inline, groups of 8 (the block aside).
 */
public final class RequestBlocks {
    private static final int SMALLEST_SHIFT = 2;

    private final RequestBlock[] free = new RequestBlock[Integer.SIZE];
    private final AtomicReference<RequestBlock> handedBack = new AtomicReference<>();
    /** A block that the reporting thread has handed back. Only that thread reads and writes it. */
    private RequestBlock aside;

    /** A block with room for at least {@code capacity} requests. The reporting thread, with the lock. */
    RequestBlock take(int capacity) {
        RequestBlock kept = aside;
        if (kept != null && kept.capacity() >= capacity) {
            aside = null;
            return kept;
        }
        int shift = shift(capacity);
        if (free[shift] == null) {
            collect();
        }
        RequestBlock block = free[shift];
        if (block == null) {
            return new RequestBlock(1 << shift);
        }
        free[shift] = block.next;
        block.next = null;
        return block;
    }

    /** A block twice as large with the {@code count} requests of {@code block}, which goes back. */
    RequestBlock grow(RequestBlock block, int count) {
        RequestBlock larger = take(block.capacity() * 2);
        block.copyTo(larger, count);
        giveBack(block);
        return larger;
    }

    /** Gives a block back, with the lock. */
    public void giveBack(RequestBlock block) {
        int shift = shift(block.capacity());
        block.next = free[shift];
        free[shift] = block;
    }

    /**
     * Gives a block back, without the lock.
     *
     * @param reporting whether the calling thread reports for the device
     */
    public void handBack(RequestBlock block, boolean reporting) {
        if (reporting && aside == null) {
            aside = block;
            return;
        }
        RequestBlock top;
        do {
            top = handedBack.get();
            block.next = top;
        } while (!handedBack.compareAndSet(top, block));
    }

    private void collect() {
        RequestBlock block = handedBack.get() == null ? null : handedBack.getAndSet(null);
        while (block != null) {
            RequestBlock below = block.next;
            giveBack(block);
            block = below;
        }
    }

    private static int shift(int capacity) {
        return Math.max(SMALLEST_SHIFT, Integer.SIZE - Integer.numberOfLeadingZeros(capacity - 1));
    }
}
