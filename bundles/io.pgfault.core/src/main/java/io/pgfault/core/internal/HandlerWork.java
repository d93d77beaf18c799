// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

/** What a handler wants done on the workers, see {@link io.pgfault.api.handler.FaultGroup#execute}. */
final class HandlerWork extends Work {
    private final IopfGroup group;
    private final BoundHandler handler;
    private final Runnable work;

    /** @param handler who had the group when it asked for this */
    HandlerWork(IopfGroup group, BoundHandler handler, Runnable work) {
        this.group = group;
        this.handler = handler;
        this.work = work;
    }

    @Override
    void run() {
        try {
            work.run();
        } catch (Throwable e) {
            Offer.failed(group, handler, e);
        }
    }
}
