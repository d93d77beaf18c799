// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.parts.UnitLogger;
import java.lang.System.Logger.Level;

/** Wakes the event thread from its poll: an eventfd that the event thread polls beside the fault queue. */
public final class WakeUp {
    private final String unit;
    private final SystemCalls calls;
    private final int event;

    public WakeUp(String unit, SystemCalls calls) throws CallFailed {
        this.unit = unit;
        this.calls = calls;
        this.event = calls.event();
    }

    /** The descriptor that the event thread polls. */
    int descriptor() {
        return event;
    }

    /** Wakes the event thread, now or when the event thread polls next. Any thread. */
    void wake() {
        try {
            calls.signal(event);
        } catch (CallFailed e) {
            UnitLogger.of(unit)
                    .log(
                            Level.ERROR,
                            unit + ": this thread could not wake the event thread; faults wait until the next wake-up",
                            e);
        }
    }

    /** Called by the event thread after it has seen the wake-up. */
    void clear() throws CallFailed {
        calls.clear(event);
    }

    /** Closes the descriptor, which no thread polls after this call. */
    void close() throws CallFailed {
        calls.close(event);
    }
}
