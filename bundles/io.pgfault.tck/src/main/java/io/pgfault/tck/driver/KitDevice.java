// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A device of the kit: asks for pages, caches translations, and watches its answers. The device's monitor guards every
 * field that changes. Any thread.
 */
final class KitDevice implements Downstream {
    /** The highest page request group index, 9 bits. */
    private static final int INDEX_MASK = 0x1ff;

    /** A group or transaction, as the device numbers it. */
    record Asked(int pasid, int number) {}

    /** One answer: the group or transaction, and the code on the wire. */
    record Answer(Asked asked, int code) {}

    /** Pages that an invalidation named, byte addresses, inclusive. */
    record Forgotten(int pasid, long first, long last) {}

    private final FaultKind faultKind;
    private final String name;
    private final long patienceNanos;
    private final Map<Asked, Integer> open = new HashMap<>();
    private final Map<Integer, Asked> transactions = new HashMap<>();
    private final List<Answer> answers = new ArrayList<>();
    private final List<Forgotten> forgotten = new ArrayList<>();
    private final CachedTranslations cache = new CachedTranslations();
    private final AtomicReference<RuleBroken> broken = new AtomicReference<>();
    private int outstanding;
    private int disconnections;
    private Upstream upstream;

    private KitDevice(FaultKind faultKind, String name, Duration patience) {
        this.faultKind = faultKind;
        this.name = name;
        this.patienceNanos = patience.toNanos();
    }

    /** Connects a device; {@code patience} is how long the unit may take for anything. */
    static KitDevice connect(Unit unit, FaultKind faultKind, String name, int id, Duration patience) {
        KitDevice device = new KitDevice(faultKind, name, patience);
        device.upstream = unit.connect(name, id, device);
        return device;
    }

    Upstream upstream() {
        return upstream;
    }

    /** Asks for one page, in a group of one. */
    void ask(int pasid, int number, int permissions, long address) {
        ask(pasid, number, permissions, address, true);
    }

    /** Sends a page request, or a transaction that shall stall; a transaction is always last. */
    void ask(int pasid, int number, int permissions, long address, boolean last) {
        Asked asked = new Asked(pasid, number);
        if (last) {
            synchronized (this) {
                open.merge(asked, 1, Integer::sum);
                outstanding++;
                if (faultKind == FaultKind.STALLS) {
                    transactions.put(number, asked);
                }
            }
        }
        if (faultKind == FaultKind.PAGE_REQUESTS) {
            upstream.pageRequest(pasid, number & INDEX_MASK, permissions, address, last);
            return;
        }
        long translation = upstream.transact(number, pasid, permissions, address);
        if (translation != Upstream.STALLED) {
            answered(asked, RESPONSE_FAILURE); // the unit aborted the transaction at once
        }
    }

    private synchronized void answered(Asked asked, int code) {
        answers.add(new Answer(asked, code));
        Integer count = open.getOrDefault(asked, 0);
        if (count == 0) {
            broken.compareAndSet(
                    null,
                    new RuleBroken(
                            Rule.C09,
                            name + ": an answer to a group that isn't open, a second answer or an answer to nothing: "
                                    + asked));
        } else {
            open.put(asked, count - 1);
            outstanding--;
        }
        if (disconnections > 0) {
            broken.compareAndSet(
                    null, new RuleBroken(Rule.C12, name + ": an answer after the device was told that none will come"));
        }
        notifyAll();
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        answered(new Asked(pasid, prgIndex), code);
    }

    @Override
    public void resume(int transaction, boolean retry) {
        Asked asked;
        synchronized (this) {
            asked = transactions.getOrDefault(transaction, new Asked(Pasid.NONE, transaction));
        }
        answered(asked, retry ? SUCCESS : INVALID_REQUEST);
    }

    @Override
    public void invalidate(int pasid, long first, long last) {
        cache.invalidate(pasid, first, last);
        synchronized (this) {
            forgotten.add(new Forgotten(pasid, first, last));
        }
    }

    /** Translates an address from the device's cache, else by a translation request; see {@link CachedTranslations}. */
    long translate(int pasid, long address) {
        return cache.translate(upstream, pasid, address);
    }

    @Override
    public synchronized void disconnected() {
        disconnections++;
        notifyAll();
    }

    synchronized int disconnections() {
        return disconnections;
    }

    synchronized List<Answer> answers() {
        return List.copyOf(answers);
    }

    /** Whether an invalidation has named the page since {@link #remember}. */
    synchronized boolean forgot(int pasid, long address) {
        return forgotten.stream()
                .anyMatch(range -> range.pasid() == pasid
                        && Long.compareUnsigned(range.first(), address) <= 0
                        && Long.compareUnsigned(address, range.last()) <= 0);
    }

    synchronized void remember() {
        forgotten.clear();
    }

    /** Waits until every group and transaction has an answer. */
    synchronized void awaitAnswers(Rule rule) throws InterruptedException {
        long end = System.nanoTime() + patienceNanos;
        for (long left = patienceNanos; outstanding > 0 && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        if (outstanding > 0) {
            throw new RuleBroken(
                    rule,
                    name + ": no answer in " + TimeUnit.NANOSECONDS.toMillis(patienceNanos) + " ms to "
                            + open.entrySet().stream()
                                    .filter(entry -> entry.getValue() > 0)
                                    .map(Map.Entry::getKey)
                                    .limit(10)
                                    .toList());
        }
    }

    /** Waits until the device has this many answers in all, or the patience is over. */
    synchronized void awaitCount(int count) throws InterruptedException {
        long end = System.nanoTime() + patienceNanos;
        for (long left = patienceNanos; answers.size() < count && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** Returns the code of the newest answer to a group or transaction. */
    synchronized int code(int pasid, int number) {
        Asked asked = new Asked(pasid, number);
        for (int i = answers.size() - 1; i >= 0; i--) {
            if (answers.get(i).asked().equals(asked)) {
                return answers.get(i).code();
            }
        }
        throw new IllegalStateException(asked + " was not answered");
    }

    /** Throws, once, the first answer that the device must not get. */
    void verify() {
        RuleBroken first = broken.getAndSet(null);
        if (first != null) {
            throw first;
        }
    }
}
