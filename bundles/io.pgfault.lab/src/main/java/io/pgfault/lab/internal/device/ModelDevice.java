// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.device;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Trial;
import io.pgfault.lab.TrialStopped;
import io.pgfault.lab.internal.core.Requests;
import io.pgfault.lab.internal.core.TrialCore;
import io.pgfault.lab.internal.space.TrialClock;
import io.pgfault.lab.internal.space.WatchedSpace;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.UnreadableInput;
import java.util.Arrays;

/**
 * The device of a trial: makes the accesses of a trace in order, each page by page, and waits for its faults. With
 * groups of more than one request the device asks for pages that its next accesses need as well. A refused page is
 * asked for again by the next access that needs it. One thread; the cache is also reached by handlers that invalidate.
 */
public final class ModelDevice implements WatchedSpace.Cache {
    /** The device gives up an access after so many groups for one page. */
    private static final int MAX_TRIES = 16;
    /** How far the device looks ahead in its queue for each request that a group can hold. */
    private static final int AHEAD_PER_REQUEST = 16;

    private static final int MAX_INDEX = 0x1ff;
    private static final long INTERRUPT_MASK = 0xffff;

    private final Conditions conditions;
    private final TrialClock clock;
    /** Guarded by itself in real time; in virtual time one thread does everything. */
    private final ModelTlb tlb;

    private final FaultCurve curve = new FaultCurve();
    private long hits;
    private long misses;
    private long requests;
    private long groups;
    private long waited;

    /** A device without cached translations. */
    public ModelDevice(Conditions conditions, TrialClock clock) {
        this.conditions = conditions;
        this.clock = clock;
        this.tlb = new ModelTlb(conditions.tlbEntries());
    }

    @Override
    public void invalidate(long first, long last) {
        synchronized (tlb) {
            tlb.invalidate(first >>> Translation.PAGE_SHIFT, last >>> Translation.PAGE_SHIFT);
        }
    }

    /** Makes all accesses of a trace. */
    public Trial run(AccessSource trace, WatchedSpace space, TrialCore core)
            throws TrialStopped, UnreadableInput, InterruptedException {
        int ahead = conditions.groupSize() == 1 ? 0 : AHEAD_PER_REQUEST * conditions.groupSize();
        AccessQueue queue = new AccessQueue(trace, ahead);
        long accesses = 0;
        long failed = 0;
        while (queue.next()) {
            boolean made = true;
            int pages = queue.pages(0);
            for (int j = 0; j < pages; j++) {
                made &= access(queue, j, space, core);
            }
            failed += made ? 0 : 1;
            accesses++;
            curve.at(accesses, requests);
            if ((accesses & INTERRUPT_MASK) == 0 && Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        return result(accesses, failed, space, core);
    }

    private boolean access(AccessQueue queue, int j, WatchedSpace space, TrialCore core)
            throws TrialStopped, InterruptedException {
        long page = queue.page(0, j);
        int permissions = queue.permissions(0);
        synchronized (tlb) {
            if (tlb.hit(page, permissions)) {
                hits++;
                return true;
            }
        }
        boolean alone = false;
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            if (translate(page, permissions, space)) {
                return true;
            }
            Requests group = alone ? one(page, permissions) : collect(queue, j, space);
            for (long address : group.addresses()) {
                space.asked(address);
            }
            groups++;
            requests += group.size();
            long start = clock.now();
            ResponseCode code = core.resolve(group);
            space.groupEnded();
            waited += clock.now() - start;
            if (code != ResponseCode.SUCCESS) {
                if (group.size() == 1) {
                    return false;
                }
                alone = true; // Another page of the group may be the reason.
            }
        }
        return false;
    }

    private boolean translate(long page, int permissions, WatchedSpace space) {
        misses++;
        clock.spend(conditions.costs().translate());
        long translation = space.walk(page << Translation.PAGE_SHIFT);
        if (!Translation.grants(translation, permissions)) {
            return false;
        }
        space.used(page << Translation.PAGE_SHIFT);
        synchronized (tlb) {
            tlb.put(page, translation);
        }
        return true;
    }

    private Requests one(long page, int permissions) {
        return new Requests(
                (int) groups & MAX_INDEX, new long[] {page << Translation.PAGE_SHIFT}, new int[] {permissions});
    }

    /** The page that is missing, and pages that the next accesses miss. */
    private Requests collect(AccessQueue queue, int j, WatchedSpace space) {
        int most = conditions.groupSize();
        if (most == 1) {
            return one(queue.page(0, j), queue.permissions(0));
        }
        long[] addresses = new long[most];
        int[] permissions = new int[most];
        int size = 0;
        for (int i = 0; i < queue.known() && size < most; i++) {
            int pages = queue.pages(i);
            for (int k = i == 0 ? j : 0; k < pages && size < most; k++) {
                long address = queue.page(i, k) << Translation.PAGE_SHIFT;
                int needed = queue.permissions(i);
                int at = indexOf(addresses, size, address);
                if (at >= 0) {
                    permissions[at] |= needed;
                } else if (size == 0 || !space.isResident(address, needed)) {
                    addresses[size] = address;
                    permissions[size++] = needed;
                }
            }
        }
        return new Requests((int) groups & MAX_INDEX, Arrays.copyOf(addresses, size), Arrays.copyOf(permissions, size));
    }

    private static int indexOf(long[] addresses, int size, long address) {
        for (int i = 0; i < size; i++) {
            if (addresses[i] == address) {
                return i;
            }
        }
        return -1;
    }

    private Trial result(long accesses, long failed, WatchedSpace space, TrialCore core) {
        long[] waits = space.waits();
        // In real time no thread waits for the ways of a fault, so their time without jitter is added here.
        long ways = conditions.real() ? groups * conditions.costs().fault() : 0;
        return new Trial(
                accesses,
                failed,
                requests,
                groups,
                waited + ways,
                core.handling(),
                space.populated(),
                space.unused(),
                space.ahead(),
                waits.length == 0 ? 0 : waits[waits.length / 2],
                waits.length == 0 ? 0 : waits[waits.length - 1],
                hits,
                misses,
                space.invalidations(),
                space.peak(),
                space.batch(),
                core.refused(),
                clock.now() + ways,
                curve.points(accesses, requests));
    }
}
