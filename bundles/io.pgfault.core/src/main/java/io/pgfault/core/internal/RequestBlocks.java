// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.concurrent.atomic.AtomicReference;

/**
 * A device's pool of request storage, by powers of two: what was used once is used again, so that reporting allocates
 * only while a device has more outstanding than ever before. The bounds of partials and of held requests bound the pool.
 * Guarded by the device's lock, but for handing back: what threads without the lock hand back lies on a stack of its own
 * until a block is missing.
 */
final class RequestBlocks {
    private static final int SMALLEST_SHIFT = 2;

    private final RequestBlock[] free = new RequestBlock[Integer.SIZE];
    private final AtomicReference<RequestBlock> handedBack = new AtomicReference<>();

    /** A block with room for at least {@code capacity} requests. */
    RequestBlock take(int capacity) {
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

    void giveBack(RequestBlock block) {
        int shift = shift(block.capacity());
        block.next = free[shift];
        free[shift] = block;
    }

    /** Gives a block back, without the lock. */
    void handBack(RequestBlock block) {
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
