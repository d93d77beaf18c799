// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts.service;

import java.util.concurrent.atomic.AtomicBoolean;

/** An action that the first caller runs, and no later one. Any thread. */
public final class Once implements Runnable {
    private final Runnable action;
    /** Set by the first caller. */
    private final AtomicBoolean done = new AtomicBoolean();

    /** Wraps an action. */
    public Once(Runnable action) {
        this.action = action;
    }

    @Override
    public void run() {
        if (done.compareAndSet(false, true)) {
            action.run();
        }
    }
}
