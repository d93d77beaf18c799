// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.core.internal.work.Work;

/**
 * What a handler has the workers do, see {@link FaultGroup#execute}. Work whose handler has lost the group meanwhile is
 * not run; what the work throws costs the group FAILURE only while the group is still that handler's (rules C08, R08).
 */
final class HandlerWork implements Work {
    private final IopfGroup group;
    private final FaultGroup view;
    private final Runnable work;

    HandlerWork(IopfGroup group, FaultGroup view, Runnable work) {
        this.group = group;
        this.view = view;
        this.work = work;
    }

    @Override
    public void run() {
        if (!group.mayAct(view)) {
            return;
        }
        try {
            work.run();
        } catch (Throwable e) {
            if (group.answerFor(view, ResponseCode.FAILURE)) {
                group.warn("a handler's work failed, answered FAILURE", e);
            } else {
                group.warn("a handler's work failed after the handler had answered or lost the group", e);
            }
        }
    }
}
