// SPDX-License-Identifier: Apache-2.0
package com.example.wholearea;

import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.SvaHandlerUnderTest;
import io.pgfault.tck.junit.HandlerConformance;

/**
 * The conformance kit: one test for every rule that binds a handler. The kit reads the service properties from the
 * component description that the build makes of the annotations of {@link WholeArea}.
 */
class WholeAreaTest extends HandlerConformance {
    @Override
    protected HandlerUnderTest open() {
        return new SvaHandlerUnderTest(new WholeArea());
    }
}
