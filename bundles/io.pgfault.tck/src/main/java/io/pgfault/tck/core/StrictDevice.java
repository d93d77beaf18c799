// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.tck.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** A device of {@link StrictFaults}, slow and obvious: one lock, and never held while driver or handler are called. */
final class StrictDevice implements Device {
    /** Which group. */
    private record Key(int pasid, int groupId) {
        static Key of(PageRequest request) {
            return new Key(request.responseNeedsPasid() ? request.pasid() : Pasid.NONE, request.groupId());
        }
    }

    private final StrictFaults faults;
    private final IommuDriver driver;
    private final String unit;
    private final String name;
    private final int id;
    private final Counts counts;
    private final AtomicReference<Thread> reporting = new AtomicReference<>();
    private final Map<Key, List<PageRequest>> partials = new HashMap<>();
    private final Set<Key> poisoned = new HashSet<>();
    private final Set<StrictGroup> pending = new LinkedHashSet<>();
    private final Map<Integer, Domain> domains = new HashMap<>();
    private StrictQueue queue;
    private boolean released;

    StrictDevice(StrictFaults faults, IommuDriver driver, String unit, String name, int id) {
        this.faults = faults;
        this.driver = driver;
        this.unit = unit;
        this.name = name;
        this.id = id;
        this.counts = new Counts(faults.unitCounters(unit));
    }

    // Reports

    Report report(PageRequest request) {
        if (!reporting.compareAndSet(null, Thread.currentThread())) {
            faults.complain(Rule.C17, "two reports for " + name + " at a time, the second is " + request, null);
        }
        try {
            examine(request);
            return accept(request);
        } finally {
            reporting.compareAndSet(Thread.currentThread(), null);
        }
    }

    private void examine(PageRequest request) {
        if (request.responseNeedsPasid() && !request.pasidValid()) {
            faults.complain(Rule.C10, "the response needs a PASID, and the request has none: " + request, null);
        }
        if (request.pasidValid() && !Pasid.isValid(request.pasid())) {
            faults.complain(Rule.C05, "PASID " + request.pasid() + " in " + request, null);
        }
        if (request.groupId() < 0) {
            faults.complain(Rule.C05, "group " + request.groupId() + " in " + request, null);
        }
    }

    private Report accept(PageRequest request) {
        StrictGroup group;
        Report refusal;
        synchronized (this) {
            if (released) {
                return Report.RELEASED;
            }
            count(Counter.REQUESTS);
            Key key = Key.of(request);
            Domain domain = domain(request);
            refusal = queue == null
                    ? Report.NO_QUEUE
                    : poisoned.contains(key) ? Report.POISONED_GROUP : domain == null ? Report.NO_DOMAIN : null;
            if (!request.lastPage()) {
                if (refusal != null) {
                    poisoned.add(key);
                    return Report.POISONED;
                }
                partials.computeIfAbsent(key, k -> new ArrayList<>()).add(request);
                return Report.PARTIAL;
            }
            count(Counter.GROUPS);
            poisoned.remove(key);
            List<PageRequest> requests = partials.containsKey(key) ? partials.remove(key) : new ArrayList<>();
            requests.add(request);
            group = new StrictGroup(this, domain, requests);
            pending.add(group);
        }
        if (refusal == null && offer(group)) {
            return Report.CLOSED;
        }
        group.respond(ResponseCode.INVALID);
        return refusal == null ? Report.NO_HANDLER : refusal;
    }

    private boolean offer(StrictGroup group) {
        FaultHandler handler = faults.handler(group.domain().kind());
        try {
            return handler != null && handler.handle(group) == Disposition.TAKEN;
        } catch (Exception e) {
            throw new IllegalStateException("the kit's own handler threw", e);
        }
    }

    private Domain domain(PageRequest request) {
        Domain exact = domains.get(request.pasidValid() ? request.pasid() : Pasid.NONE);
        Domain owner = domains.get(Pasid.NONE);
        return exact == null && owner != null && owner.nested() ? owner : exact;
    }

    void reject(PageRequest request) {
        StrictGroup group;
        synchronized (this) {
            count(Counter.BAD_REQUESTS);
            Key key = Key.of(request);
            if (released || !request.lastPage()) {
                poisoned.add(key);
                return;
            }
            partials.remove(key);
            poisoned.remove(key);
            group = new StrictGroup(this, null, List.of(request));
            pending.add(group);
        }
        group.respond(ResponseCode.INVALID);
    }

    // Answers

    /** Sends a group's answer, once. */
    void deliver(StrictGroup group, ResponseCode code) {
        count(
                switch (code) {
                    case SUCCESS -> Counter.SUCCESS;
                    case INVALID -> Counter.INVALID;
                    case FAILURE -> Counter.FAILURE;
                });
        PageRequest last = group.last();
        try {
            driver.pageResponse(
                    this,
                    last.responseNeedsPasid() ? last.pasid() : Pasid.NONE,
                    last.groupId(),
                    last.private0(),
                    last.private1(),
                    code);
        } catch (RuntimeException e) {
            faults.complain(Rule.C09, "pageResponse threw " + e, e);
        }
        synchronized (this) {
            pending.remove(group);
            notifyAll();
        }
    }

    /** Answers what is pending INVALID; of one PASID, or of all if that is null. */
    private void refusePending(Integer pasid) {
        List<StrictGroup> groups;
        synchronized (this) {
            groups = pending.stream()
                    .filter(group -> pasid == null || group.pasid() == pasid)
                    .toList();
        }
        groups.forEach(group -> group.respond(ResponseCode.INVALID));
    }

    // Queue and domains

    synchronized boolean enter(StrictQueue to) {
        if (queue != null || released) {
            return false;
        }
        queue = to;
        return true;
    }

    void leave() {
        synchronized (this) {
            queue = null;
            partials.clear();
            poisoned.clear();
        }
        refusePending(null);
    }

    synchronized int discardPartials() {
        int discarded = partials.values().stream().mapToInt(List::size).sum();
        partials.clear();
        poisoned.clear();
        return discarded;
    }

    /** Returns when everything that is pending now has been answered. */
    synchronized void flush() throws InterruptedException {
        Set<StrictGroup> before = new HashSet<>(pending);
        while (pending.stream().anyMatch(before::contains)) {
            wait();
        }
    }

    void release() {
        List<Integer> attached;
        synchronized (this) {
            released = true;
            attached = List.copyOf(domains.keySet());
        }
        attached.forEach(this::detach);
        refusePending(null);
    }

    void attach(int pasid, Domain domain) {
        driver.attach(this, pasid, domain);
        synchronized (this) {
            domains.put(pasid, domain);
        }
    }

    void detach(int pasid) {
        synchronized (this) {
            if (domains.remove(pasid) == null) {
                return;
            }
        }
        driver.detach(this, pasid);
        refusePending(pasid);
    }

    void drain(int pasid) throws InterruptedException {
        driver.drain(this, pasid);
    }

    void invalidate(Domain domain, long first, long last) {
        List<Integer> pasids;
        synchronized (this) {
            pasids = domains.entrySet().stream()
                    .filter(entry -> entry.getValue() == domain)
                    .map(Map.Entry::getKey)
                    .toList();
        }
        pasids.forEach(pasid -> driver.invalidate(this, pasid, first, last));
    }

    // What it is

    private void count(Counter counter) {
        counts.add(counter, 1);
    }

    IommuDriver driver() {
        return driver;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public String unit() {
        return unit;
    }

    @Override
    public Counters counters() {
        return counts;
    }
}
