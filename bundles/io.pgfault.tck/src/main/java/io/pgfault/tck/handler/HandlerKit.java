// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.tck.Check;
import io.pgfault.tck.HandlerUnderTest;
import java.util.List;

/** The rules of a handler, as checks. A check calls the handler as the core does, with groups of the kit. */
public final class HandlerKit {
    private final HandlerUnderTest.Factory handlers;

    /** Makes a kit for the handlers that {@code handlers} opens, one for each check. */
    public HandlerKit(HandlerUnderTest.Factory handlers) {
        this.handlers = handlers;
    }

    /** Returns all checks. The caller runs the checks in any order, one at a time. */
    public List<Check> checks() {
        return new HandlerChecks(handlers).all();
    }
}
