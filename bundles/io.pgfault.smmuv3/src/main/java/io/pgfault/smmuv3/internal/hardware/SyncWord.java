// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The 32-bit word in memory that the hardware writes MSIData to when a CMD_SYNC completes. It is the only such target of a
 * unit, so it has one address.
 */
public final class SyncWord {
    /** The MSIAddress of this word. */
    public static final long ADDRESS = 0x1000;

    private final AtomicInteger word = new AtomicInteger();

    /** What was written last. */
    public int read() {
        return word.get();
    }

    void write(int value) {
        word.set(value);
    }
}
