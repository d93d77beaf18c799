// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.endpoint.internal.Outstanding.Answer;
import io.pgfault.endpoint.internal.Outstanding.Delivery;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A PCIe function with ATS and PRI (PCIe 6.0 §10: ATS §10.2 and §10.3, PRI §10.4).
 *
 * <p>An access looks in the device TLB; failing that it sends a translation request; if that grants too little it sends a
 * page request with exactly the access's permissions, a group of one, and waits for the group's response. Success makes
 * it start over, as often as it takes: Success says that trying again is worth it, not that the page is there (rules V02,
 * A08). If the page isn't there, the access pauses before it asks again, longer each time: the host's queue has
 * overflowed, and asking at once would keep it so. Invalid Request ends this access. Response Failure ends the access and
 * disables PRI until {@link #reset}: translation requests still work, but an access that would need a page request fails.
 * Any other code is treated as Response Failure (PCIe 6.0 §10.4.2).
 *
 * <p>While an access uses a translation it stands in {@link AccessEpochs}, which is what an invalidation waits for; it
 * stands there neither while it asks the unit for anything nor while it waits for a response.
 */
final class PcieFunction implements DeviceModel {
    /** Entries of the device TLB unless configured. */
    static final int DEFAULT_TLB_ENTRIES = 1024;

    /** Unit of back-off: after the n-th Success without a mapping the access pauses min(n, MOST_PAUSES) * PAUSE_NANOS. */
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(5);

    private static final int MOST_PAUSES = 40;

    private static final long OFFSET = Translation.PAGE_SIZE - 1;

    private static final int READ_OR_WRITE = Permissions.READ | Permissions.WRITE;

    private final String name;
    private final AccessEpochs epochs = new AccessEpochs();
    private final DeviceTlb tlb;
    private final Outstanding requests;
    private final UnexpectedAnswers unexpected;
    private final LongAdder sent = new LongAdder();
    private volatile boolean priDisabled;
    private final Upstream upstream;

    /**
     * Connects a function; responses and invalidations may come before this returns.
     *
     * @param id the requester id
     * @param tlbEntries see {@link DeviceTlb}
     * @param outstanding how many page requests may wait for their responses, 1 to {@link #REQUEST_NUMBERS}; further
     *     accesses wait for room (PCIe: Outstanding Page Request Allocation)
     * @throws IllegalStateException if the id is taken or the unit is going
     * @throws IllegalArgumentException if a number is out of range or the id doesn't fit the unit
     */
    PcieFunction(Unit unit, String name, int id, int tlbEntries, int outstanding) {
        this.name = name;
        this.tlb = new DeviceTlb(tlbEntries, epochs);
        this.requests = new Outstanding(REQUEST_NUMBERS, outstanding);
        this.unexpected = new UnexpectedAnswers(name);
        // Last: what comes from the unit finds everything above.
        this.upstream = DeviceModel.connect(unit, name, id, this);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Upstream upstream() {
        return upstream;
    }

    /** Responses for groups that were not outstanding, with the PASID they named; 0 unless the host errs. */
    long unexpectedResponses() {
        return unexpected.count();
    }

    /** Page requests sent. */
    long pageRequests() {
        return sent.sum();
    }

    /** Function level reset, as far as it matters here: the TLB is empty and PRI enabled. Outstanding requests stay so. */
    void reset() {
        epochs.awaitBefore(tlb.clear());
        priDisabled = false;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if {@code permissions} has neither READ nor WRITE: such a page request would be a
     *     stop marker, and nobody would answer it
     */
    @Override
    public Access access(int pasid, long address, int permissions) throws InterruptedException {
        return access(pasid, address, permissions, PageUse.NOTHING);
    }

    @Override
    public Access access(int pasid, long address, int permissions, PageUse use) throws InterruptedException {
        int slot = epochs.enter();
        try {
            long translation = tlb.lookup(pasid, address);
            if (Translation.grants(translation, permissions) && (permissions & READ_OR_WRITE) != 0) {
                use.use(translation);
                return Access.HIT;
            }
        } finally {
            epochs.leave(slot);
        }
        check(pasid, permissions);
        return miss(pasid, address, permissions, use);
    }

    @Override
    public boolean isThere(int pasid, long address, int permissions) {
        return Translation.grants(upstream.translate(pasid, address), permissions);
    }

    @Override
    public Asked ask(int pasid, long address, int pages, int permissions) throws InterruptedException {
        check(pasid, permissions);
        long[] missing = new long[pages];
        int count = 0;
        for (int i = 0; i < pages; i++) {
            long page = (address & -Translation.PAGE_SIZE) + ((long) i << Translation.PAGE_SHIFT);
            if (!cache(pasid, page, permissions)) {
                missing[count++] = page;
            }
        }
        if (count == 0) {
            return Asked.NOTHING;
        }
        if (priDisabled) {
            return new Asked(Outcome.FAILED, 0);
        }
        int prgIndex = requests.open(pasid);
        if (prgIndex == Outstanding.CLOSED) {
            return new Asked(Outcome.DISCONNECTED, 0);
        }
        Answer answer = request(pasid, prgIndex, permissions, missing, count);
        if (answer == Answer.FAILURE) {
            priDisabled = true;
        }
        for (int i = 0; i < count && answer == Answer.SUCCESS; i++) {
            cache(pasid, missing[i], permissions);
        }
        return new Asked(
                switch (answer) {
                    case SUCCESS -> Outcome.DONE;
                    case INVALID -> Outcome.INVALID;
                    case FAILURE -> Outcome.FAILED;
                    case DISCONNECTED -> Outcome.DISCONNECTED;
                },
                count);
    }

    @Override
    public boolean copy(int pasid, long source, long destination, int length, PhysicalMemory memory) {
        int slot = epochs.enter();
        try {
            long from = tlb.lookup(pasid, source);
            long to = tlb.lookup(pasid, destination);
            return Translation.grants(from, Permissions.READ)
                    && Translation.grants(to, Permissions.WRITE)
                    && memory.copy(
                            Translation.address(from) + (source & OFFSET),
                            Translation.address(to) + (destination & OFFSET),
                            length);
        } finally {
            epochs.leave(slot);
        }
    }

    /** Has a page's translation in the TLB if it grants the permissions; false if it doesn't. */
    private boolean cache(int pasid, long address, int permissions) {
        if (Translation.grants(tlb.lookup(pasid, address), permissions)) {
            return true;
        }
        long asked = epochs.current();
        long translation = upstream.translate(pasid, address);
        if (!Translation.grants(translation, permissions)) {
            return false;
        }
        tlb.fill(pasid, address, translation, asked);
        return true;
    }

    /** Sends a group of several page requests; the last one closes it. */
    private Answer request(int pasid, int prgIndex, int permissions, long[] addresses, int count)
            throws InterruptedException {
        boolean accepted = false;
        try {
            for (int i = 0; i < count; i++) {
                upstream.pageRequest(pasid, prgIndex, permissions, addresses[i], i == count - 1);
            }
            accepted = true;
        } finally {
            if (!accepted) {
                requests.withdraw(prgIndex);
            }
        }
        sent.add(count);
        return requests.await(prgIndex);
    }

    private Access miss(int pasid, long address, int permissions, PageUse use) throws InterruptedException {
        int sentByThis = 0;
        while (true) {
            long asked = epochs.current();
            if (requests.isClosed()) {
                return new Access(Outcome.DISCONNECTED, sentByThis);
            }
            long translation = upstream.translate(pasid, address);
            if (Translation.grants(translation, permissions)) {
                if (cacheAndUse(pasid, address, translation, asked, use)) {
                    return sentByThis == 0 ? Access.HIT : new Access(Outcome.DONE, sentByThis);
                }
                continue;
            }
            if (priDisabled) {
                return new Access(Outcome.FAILED, sentByThis);
            }
            if (sentByThis > 0) {
                pause(Math.min(sentByThis, MOST_PAUSES) * PAUSE_NANOS);
            }
            int prgIndex = requests.open(pasid);
            if (prgIndex == Outstanding.CLOSED) {
                return new Access(Outcome.DISCONNECTED, sentByThis);
            }
            if (priDisabled) {
                // It happened while this access waited for room.
                requests.withdraw(prgIndex);
                return new Access(Outcome.FAILED, sentByThis);
            }
            sentByThis++;
            switch (request(pasid, prgIndex, permissions, address)) {
                case SUCCESS -> {}
                case INVALID -> {
                    return new Access(Outcome.INVALID, sentByThis);
                }
                case FAILURE -> {
                    priDisabled = true;
                    return new Access(Outcome.FAILED, sentByThis);
                }
                case DISCONNECTED -> {
                    return new Access(Outcome.DISCONNECTED, sentByThis);
                }
            }
        }
    }

    /** Lets time pass, unless the thread is interrupted; a response that came early has left its permit behind. */
    private void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !Thread.currentThread().isInterrupted(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    /** Uses a translation that was asked for in epoch {@code asked}; false if it may be stale by now. */
    private boolean cacheAndUse(int pasid, long address, long translation, long asked, PageUse use) {
        int slot = epochs.enter(asked);
        try {
            if (epochs.current() != asked) {
                return false;
            }
            tlb.fill(pasid, address, translation, asked);
            use.use(translation);
            return true;
        } finally {
            epochs.leave(slot);
        }
    }

    private Answer request(int pasid, int prgIndex, int permissions, long address) throws InterruptedException {
        boolean accepted = false;
        try {
            upstream.pageRequest(pasid, prgIndex, permissions, address & -Translation.PAGE_SIZE, true);
            accepted = true;
        } finally {
            if (!accepted) {
                requests.withdraw(prgIndex);
            }
        }
        sent.increment();
        return requests.await(prgIndex);
    }

    private void check(int pasid, int permissions) {
        if ((permissions & READ_OR_WRITE) == 0) {
            throw new IllegalArgumentException("an access of device " + name + " reads or writes, got permissions "
                    + Permissions.toString(permissions));
        }
        if (pasid != Pasid.NONE && !Pasid.isValid(pasid)) {
            throw new IllegalArgumentException("no PASID of device " + name + ": " + pasid);
        }
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        Answer answer =
                switch (code) {
                    case SUCCESS -> Answer.SUCCESS;
                    case INVALID_REQUEST -> Answer.INVALID;
                    default -> Answer.FAILURE;
                };
        Delivery delivery = requests.answer(prgIndex, pasid, answer);
        if (delivery == Delivery.UNEXPECTED) {
            unexpected.add("PRG response", prgIndex);
        } else if (delivery == Delivery.ABANDONED && answer == Answer.FAILURE) {
            // Nobody waits for it, so the waiting access can't do it.
            priDisabled = true;
        }
    }

    /** A PCIe function's transactions don't stall. */
    @Override
    public void resume(int transaction, boolean retry) {
        unexpected.add("resume", transaction);
    }

    @Override
    public void invalidate(int pasid, long first, long last) {
        epochs.awaitBefore(tlb.drop(pasid, first, last));
    }

    @Override
    public void disconnected() {
        requests.close();
        epochs.awaitBefore(tlb.clear());
    }
}
