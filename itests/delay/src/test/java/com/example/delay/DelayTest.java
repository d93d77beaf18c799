// SPDX-License-Identifier: Apache-2.0
package com.example.delay;

import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.SvaHandlerUnderTest;
import io.pgfault.tck.junit.HandlerConformance;

/**
 * The conformance kit: one test for every rule that binds a handler. The kit reads the service properties from the
 * component description that the build makes of the annotations of {@link Delay}.
 */
class DelayTest extends HandlerConformance {
    @Override
    protected HandlerUnderTest open() {
        Delay handler = new Delay(1, 8);
        return new SvaHandlerUnderTest(handler) {
            @Override
            public void close() {
                handler.deactivate();
            }
        };
    }
}
