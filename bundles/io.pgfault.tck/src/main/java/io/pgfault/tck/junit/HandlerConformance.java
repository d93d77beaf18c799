// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.junit;

import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.handler.HandlerKit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Extended by a handler's author: every check of {@link HandlerKit} as a test. */
public abstract class HandlerConformance {
    /** A handler that works, with memory of which nothing is mapped yet; called for every check. */
    protected abstract HandlerUnderTest open() throws Exception;

    /** The tests. */
    @TestFactory
    protected Stream<DynamicTest> handlerKeeps() {
        return new HandlerKit(this::open)
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }
}
