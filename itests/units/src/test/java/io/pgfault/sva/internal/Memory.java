// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.Sva;

/** The SVA service without its container. */
public final class Memory {
    private Memory() {}

    public static Sva sva(IoPageFaults faults) {
        return new SvaService(faults, new PageFrames());
    }
}
