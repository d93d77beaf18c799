// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab;

import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.UnreadableInput;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Runs fault handlers against traces, a service. Any thread may call any method; trials of several threads don't touch
 * each other, unless they share a handler or an address space.
 */
@ProviderType
public interface Lab {
    /**
     * Runs one trial: a model device makes the accesses of a trace in an address space, and the handlers resolve its
     * faults. The lab offers a group as the core does (rules C06 to C09): to the handlers in order, the next one after
     * a handler that declines. The first response counts.
     *
     * <p>In virtual time the calling thread runs everything, and one trace, seed and handler give the same numbers, bit
     * for bit. A handler that answers on a thread of its own can't be run so; the trial stops.
     *
     * @param trace read to its end, and left open
     * @param space a fresh address space, without a populated page
     * @param handlers in the order in which the core would ask them
     * @throws TrialStopped if a handler keeps a group beyond its call and its work in virtual time
     * @throws UnreadableInput if the trace can't be read to its end
     * @throws InterruptedException if the thread is interrupted
     */
    Trial run(Conditions conditions, AccessSource trace, AddressSpace space, List<FaultHandler> handlers)
            throws TrialStopped, UnreadableInput, InterruptedException;

    /**
     * Computes what no handler beats that grants what the areas grant: an oracle that knows the future populates each
     * page just before its first touch.
     *
     * @param trace read to its end, and left open
     * @param areas what the process may touch
     * @throws UnreadableInput if the trace can't be read to its end
     */
    Bound bound(Conditions conditions, AccessSource trace, List<Area> areas) throws UnreadableInput;
}
