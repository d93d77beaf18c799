// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.tck.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A device of the fake core, slow and obvious. The device's monitor guards every field that changes. No thread holds
 * the monitor while it calls a driver or a handler.
 */
final class StrictDevice implements Device {
    /** A group of this device: its PASID, {@code Pasid.NONE} unless the response needs a PASID, and its index. */
    private record Key(int pasid, int groupId) {
        static Key of(PageRequest request) {
            return new Key(request.responseNeedsPasid() ? request.pasid() : Pasid.NONE, request.groupId());
        }
    }

    private final Complaints complaints;
    private final Script script;
    private final IommuDriver driver;
    private final String unit;
    private final String name;
    private final int id;
    private final Counts counts;

    /** The thread within {@link #report}; every reporting thread writes itself there to find a second one. */
    private final AtomicReference<Thread> reporting = new AtomicReference<>();

    private final Map<Key, List<PageRequest>> partials = new HashMap<>();
    private final Set<Key> poisoned = new HashSet<>();
    private final Set<StrictGroup> pending = new LinkedHashSet<>();
    private final Map<Integer, StrictDomain> domains = new HashMap<>();
    private FaultQueue queue;
    private boolean released;

    StrictDevice(
            Complaints complaints, Script script, IommuDriver driver, String unit, String name, int id, Counts counts) {
        this.complaints = complaints;
        this.script = script;
        this.driver = driver;
        this.unit = unit;
        this.name = name;
        this.id = id;
        this.counts = counts;
    }

    /** Returns the device as a device of the fake core. */
    static StrictDevice of(Device device) {
        if (device instanceof StrictDevice known) {
            return known;
        }
        throw new IllegalArgumentException("not a device of this core: " + device);
    }

    // Reports

    Report report(PageRequest request) {
        if (!reporting.compareAndSet(null, Thread.currentThread())) {
            complaints.complain(Rule.C17, "two reports for " + name + " at a time, the second is " + request);
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
            complaints.complain(Rule.C10, "the response needs a PASID, and the request has none: " + request);
        }
        if (request.pasidValid() && !Pasid.isValid(request.pasid())) {
            complaints.complain(Rule.C05, "PASID " + request.pasid() + " in " + request);
        }
        if (request.groupId() < 0) {
            complaints.complain(Rule.C05, "group " + request.groupId() + " in " + request);
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
            refusal = refusal(key, domain);
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
            group = new StrictGroup(this, domain, requests, this::deliver);
            pending.add(group);
        }
        if (refusal == null && script.offer(group)) {
            return Report.CLOSED;
        }
        group.respond(ResponseCode.INVALID);
        return refusal == null ? Report.NO_HANDLER : refusal;
    }

    private Report refusal(Key key, Domain domain) {
        if (queue == null) {
            return Report.NO_QUEUE;
        }
        if (poisoned.contains(key)) {
            return Report.POISONED_GROUP;
        }
        return script.mayGoOn(domain) ? null : Report.NO_DOMAIN;
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
            group = new StrictGroup(this, null, List.of(request), this::deliver);
            pending.add(group);
        }
        group.respond(ResponseCode.INVALID);
    }

    // Answers

    /** Sends the one answer of a group to the driver. */
    private void deliver(StrictGroup group, ResponseCode code) {
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
        } catch (RuntimeException | Error e) {
            complaints.complain(Rule.C09, "pageResponse threw " + e, e);
        }
        synchronized (this) {
            pending.remove(group);
            notifyAll();
        }
    }

    /** Returns the groups that have no answer yet, the oldest first. */
    synchronized List<StrictGroup> pending() {
        return List.copyOf(pending);
    }

    /** Answers pending groups INVALID: those of one PASID, or all if {@code pasid} is null. */
    private void refusePending(Integer pasid) {
        pending().stream()
                .filter(group -> pasid == null || group.pasid() == pasid)
                .forEach(group -> group.respond(ResponseCode.INVALID));
    }

    // Queue and domains

    synchronized boolean enter(FaultQueue to) {
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

    /** Drops the partials and poisons; returns the number of requests dropped. */
    synchronized int discardPartials() {
        int discarded = partials();
        partials.clear();
        poisoned.clear();
        return discarded;
    }

    /** Returns the number of requests that wait for the last request of their group. */
    synchronized int partials() {
        return partials.values().stream().mapToInt(List::size).sum();
    }

    /** Returns when every group that is pending now has been answered. */
    synchronized void flush() throws InterruptedException {
        Set<StrictGroup> before = new HashSet<>(pending);
        while (pending.stream().anyMatch(before::contains)) {
            wait();
        }
    }

    /** Detaches every domain and answers every pending group; later reports and attachments are refused. */
    void release() {
        List<Integer> attached;
        synchronized (this) {
            released = true;
            attached = List.copyOf(domains.keySet());
        }
        attached.forEach(this::detach);
        refusePending(null);
    }

    void attach(int pasid, StrictDomain domain) {
        requirePresent();
        domain.attached(this, pasid);
        try {
            driver.attach(this, pasid, domain);
        } catch (RuntimeException | Error e) {
            domain.detached(this, pasid);
            throw e;
        }
        StrictDomain replaced;
        synchronized (this) {
            replaced = domains.put(pasid, domain);
        }
        if (replaced != null && replaced != domain) {
            replaced.detached(this, pasid);
            refuseOf(replaced, pasid);
        }
    }

    /** Answers INVALID the open groups of a domain that was replaced (rule C19). */
    private void refuseOf(Domain replaced, int pasid) {
        pending().stream()
                .filter(group -> group.domain() == replaced && group.pasid() == pasid)
                .forEach(group -> group.respond(ResponseCode.INVALID));
    }

    void detach(int pasid) {
        StrictDomain domain;
        synchronized (this) {
            domain = domains.remove(pasid);
        }
        if (domain == null) {
            return;
        }
        driver.detach(this, pasid);
        domain.detached(this, pasid);
        refusePending(pasid);
    }

    void drain(int pasid) throws InterruptedException {
        requirePresent();
        driver.drain(this, pasid);
    }

    void invalidate(Domain domain, long first, long last) {
        pasids(domain).forEach(pasid -> driver.invalidate(this, pasid, first, last));
    }

    void detachFrom(Domain domain) {
        pasids(domain).forEach(this::detach);
    }

    private synchronized List<Integer> pasids(Domain domain) {
        return domains.entrySet().stream()
                .filter(entry -> entry.getValue() == domain)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns the domain that is attached to a PASID, null if none is. */
    synchronized Domain attached(int pasid) {
        return domains.get(pasid);
    }

    private synchronized void requirePresent() {
        if (released) {
            throw new IllegalStateException("device " + name + " has been released");
        }
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

    @Override
    public String toString() {
        return name;
    }
}
