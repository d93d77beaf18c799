// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.tck.Check;
import io.pgfault.tck.HandlerUnderTest;
import java.util.List;

/** What a handler must keep, as checks. They call the handler as the core does, with groups of the kit's own. */
public final class HandlerKit {
    private final HandlerUnderTest.Factory handlers;

    /** A kit for the handlers that {@code handlers} makes, one for each check. */
    public HandlerKit(HandlerUnderTest.Factory handlers) {
        this.handlers = handlers;
    }

    /** All checks; they may be run in any order, one at a time. */
    public List<Check> checks() {
        return new HandlerChecks(handlers).all();
    }
}
