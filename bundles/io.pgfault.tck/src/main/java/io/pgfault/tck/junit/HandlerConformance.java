// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.junit;

import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.handler.HandlerKit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every check of {@link HandlerKit} as a test. The author of a handler extends this class. */
public abstract class HandlerConformance {
    /** Opens a handler that works, with memory without a mapped page; each check calls this method. */
    protected abstract HandlerUnderTest open() throws Exception;

    /** Makes the tests. */
    @TestFactory
    protected Stream<DynamicTest> handlerKeeps() {
        return new HandlerKit(this::open)
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }
}
