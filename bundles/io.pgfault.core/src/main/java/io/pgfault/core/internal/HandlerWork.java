// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.ResponseCode;

/** What a handler wants done on the workers, see {@link io.pgfault.api.handler.FaultGroup#execute}. */
final class HandlerWork extends Work {
    private static final System.Logger LOGGER = System.getLogger(HandlerWork.class.getName());

    private final IopfGroup group;
    private final Runnable work;

    HandlerWork(IopfGroup group, Runnable work) {
        this.group = group;
        this.work = work;
    }

    @Override
    @SuppressWarnings("CatchingUnchecked") // a handler may throw errors too; the group is answered all the same
    void run() {
        try {
            work.run();
        } catch (Throwable e) {
            if (group.answer(ResponseCode.FAILURE)) {
                LOGGER.log(System.Logger.Level.ERROR, "the work of a handler failed, answered FAILURE: " + group, e);
            } else {
                LOGGER.log(System.Logger.Level.DEBUG, "the work of a handler failed after the answer to " + group, e);
            }
        }
    }
}
