// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.LackeyReader;
import io.pgfault.trace.UnreadableInput;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Has a device make the memory accesses of a program, one after the other, each waiting for its faults to be answered.
 *
 * <p>An access is made page by page, in order of address, every page with exactly the access's permissions. An access
 * fails if one of its pages fails, and counts once; the device accesses the pages after a failed page all the same.
 */
public final class ClosedLoopReplay {
    /** Follows a replay, on the thread that runs it. */
    @ConsumerType
    public interface Listener {
        /**
         * The device sent page requests for a page; not called for a page that was there.
         *
         * @param page address of the page's first byte
         * @param requests how many it took, at least 1
         * @param outcome how the access of that page ended
         */
        default void faulted(long page, int requests, Outcome outcome) {}

        /** Called from time to time, at least once for {@value #STRIDE} accesses. */
        default void progress(long accesses) {}
    }

    /**
     * The result of a replay.
     *
     * @param accesses how many accesses were made: the records of the file
     * @param failedAccesses how many of them failed
     * @param requests how many page requests the device sent
     */
    public record Result(long accesses, long failedAccesses, long requests) {}

    /** Accesses between two calls of {@link Listener#progress}. */
    static final int STRIDE = 1 << 14;

    private static final long OFFSET_MASK = Translation.PAGE_SIZE - 1;

    private final Endpoint endpoint;
    private final int pasid;
    private final Listener listener;
    private long requests;

    /**
     * Prepares a replay.
     *
     * @param pasid the PASID of the accesses, or {@link Pasid#NONE}
     */
    public ClosedLoopReplay(Endpoint endpoint, int pasid, Listener listener) {
        this.endpoint = endpoint;
        this.pasid = pasid;
        this.listener = listener;
    }

    /**
     * Makes all accesses of a file. One thread at a time.
     *
     * @throws ReplayStoppedException if the device loses its unit
     * @throws UnreadableInput if the file can't be read to its end
     * @throws InterruptedException if the thread is interrupted; the replay ends between two accesses
     */
    public Result replay(LackeyReader trace) throws UnreadableInput, ReplayStoppedException, InterruptedException {
        return replay((AccessSource) trace);
    }

    /**
     * Makes all accesses of a source, as {@link #replay(LackeyReader)}.
     *
     * @throws ReplayStoppedException if the device loses its unit
     * @throws UnreadableInput if the source can't be read to its end
     * @throws InterruptedException if the thread is interrupted; the replay ends between two accesses
     */
    public Result replay(AccessSource trace) throws UnreadableInput, ReplayStoppedException, InterruptedException {
        long accesses = 0;
        long failed = 0;
        requests = 0;
        while (trace.next()) {
            if (!access(trace)) {
                failed++;
            }
            accesses++;
            if (accesses % STRIDE == 0) {
                listener.progress(accesses);
                // Hits don't wait, and so don't notice.
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }
        return new Result(accesses, failed, requests);
    }

    private boolean access(AccessSource trace) throws ReplayStoppedException, InterruptedException {
        long address = trace.address();
        long pages = (((address & OFFSET_MASK) + trace.size() - 1) >> Translation.PAGE_SHIFT) + 1;
        boolean made = true;
        for (long i = 0; i < pages; i++) {
            // The first page is accessed at the address itself, the others at their first byte.
            long at = i == 0 ? address : (address & ~OFFSET_MASK) + (i << Translation.PAGE_SHIFT);
            Access access = endpoint.access(pasid, at, trace.permissions());
            if (access.requests() > 0) {
                requests += access.requests();
                listener.faulted(at & ~OFFSET_MASK, access.requests(), access.outcome());
            }
            switch (access.outcome()) {
                case DONE -> {}
                case INVALID, FAILED -> made = false;
                case DISCONNECTED ->
                    throw new ReplayStoppedException(
                            "%s has lost its unit at line %d of %s; the accesses after it were not made"
                                    .formatted(endpoint.name(), trace.line(), trace.name()));
            }
        }
        return made;
    }
}
