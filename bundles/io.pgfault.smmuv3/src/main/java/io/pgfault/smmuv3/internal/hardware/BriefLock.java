// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock that is held for the few instructions that a record or a stall tag takes. Who finds it taken looks again some
 * times before he sleeps: sleeping and waking up cost as much as some hundred records.
 */
public final class BriefLock extends ReentrantLock {
    private static final long serialVersionUID = 1;
    private static final int SPINS = 200;

    /** A free lock. */
    public BriefLock() {}

    @Override
    public void lock() {
        for (int i = 0; i < SPINS; i++) {
            if (tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        super.lock();
    }
}
