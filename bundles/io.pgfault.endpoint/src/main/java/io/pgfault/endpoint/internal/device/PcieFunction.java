// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.endpoint.internal.device.Outstanding.Answer;
import io.pgfault.endpoint.internal.device.Outstanding.Delivery;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A PCIe function with ATS and PRI (PCIe 6.0 §10: ATS §10.2 and §10.3, PRI §10.4).
 *
 * <p>An accessing thread looks in the device TLB first. Without a hit the thread sends a translation request. If the
 * translation grants too little, the thread sends a page request with exactly the access's permissions, in a group of
 * one, and waits for the group's response. After Success the thread starts over, without a bound: Success says that a
 * retry is worth it, not that the page is present (rules V02, A08). If the page is not present, the thread pauses
 * before the next page request, longer after each Success: the host's queue has overflowed, and a request at once would
 * keep the queue full. Invalid Request ends the access. Response Failure ends the access and disables PRI until
 * {@link #reset}: translation requests still work, but an access that needs a page request fails. The function treats
 * any other code as Response Failure (PCIe 6.0 §10.4.2).
 *
 * <p>While an accessing thread uses a translation, the thread has a slot in {@link AccessEpochs}, and an invalidation
 * waits for the slot. The thread has no slot while it sends a request to the unit or waits for a response.
 */
public final class PcieFunction implements DeviceModel {
    /** Entries of the device TLB unless configured. */
    public static final int DEFAULT_TLB_ENTRIES = 1024;

    /**
     * Unit of back-off: after the n-th Success without a mapping the access pauses min(n, MOST_PAUSES) * PAUSE_NANOS.
     */
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
    /** Set by a thread that gets Response Failure, cleared by the thread that resets; accessing threads read it. */
    private volatile boolean priDisabled;

    private final Upstream upstream;

    /**
     * Connects a function; responses and invalidations may come before this returns.
     *
     * @param id the requester id
     * @param tlbEntries see {@link DeviceTlb}
     * @param outstanding the bound of unanswered page requests, 1 to {@link #REQUEST_NUMBERS}; further accesses wait
     *     for room (PCIe: Outstanding Page Request Allocation)
     * @throws IllegalStateException if another device has the id, or the unit is stopping
     * @throws IllegalArgumentException if a number is out of range or the id doesn't fit the unit
     */
    public PcieFunction(Unit unit, String name, int id, int tlbEntries, int outstanding) {
        this.name = name;
        this.tlb = new DeviceTlb(tlbEntries, epochs);
        this.requests = new Outstanding(REQUEST_NUMBERS, outstanding);
        this.unexpected = new UnexpectedAnswers(name);
        // The unit may call this device before connect returns, so that every other field is set above.
        this.upstream = UnitConnection.open(unit, name, id, this);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Upstream upstream() {
        return upstream;
    }

    /** The count of responses to groups that were not outstanding with that PASID; 0 unless the host errs. */
    public long unexpectedResponses() {
        return unexpected.count();
    }

    /** The count of page requests that the function sent. */
    public long pageRequests() {
        return sent.sum();
    }

    /** Function level reset: empties the TLB and enables PRI. Unanswered requests stay unanswered. */
    public void reset() {
        epochs.awaitBefore(tlb.clear());
        priDisabled = false;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if {@code permissions} has neither READ nor WRITE: such a page request would be
     *     a stop marker, which gets no response
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

    /** Brings a page's translation into the TLB; false if the translation doesn't grant the permissions. */
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

    /** Sends a group of several page requests, the last of which closes the group, and waits for the response. */
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
                // Another access got Response Failure while this thread waited for room.
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

    /** Pauses, unless the thread is interrupted. The loop outlasts the permit that an early response left behind. */
    private void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !Thread.currentThread().isInterrupted(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    /** Uses a translation that the thread requested in epoch {@code asked}; false if the translation may be stale. */
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
            // No access waits for this response, so the responding thread disables PRI.
            priDisabled = true;
        }
    }

    /** Counts the resume as unexpected: a PCIe function's transactions don't stall. */
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
