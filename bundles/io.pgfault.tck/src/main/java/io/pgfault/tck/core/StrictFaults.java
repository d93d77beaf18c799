// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.tck.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A fake core for tests of drivers and of owners of domains. The fake core keeps the contract of {@link IoPageFaults}
 * without workers, deadlines and bounds: the reporting thread calls the handler. The fake core records each call, and
 * remembers the first call that a driver must not make; {@link #verify} throws that call as {@link
 * io.pgfault.tck.RuleBroken}. Any thread.
 *
 * <pre>{@code
 * StrictFaults faults = StrictFaults.builder().answers(request -> ResponseCode.SUCCESS).build();
 * }</pre>
 */
public final class StrictFaults implements IoPageFaults, AutoCloseable {
    private final Complaints complaints = new Complaints();
    private final Script script;
    private final Map<String, StrictQueue> queues = new ConcurrentHashMap<>();

    /** The devices that were probed, and that no call of {@link #release} has named yet. */
    private final Set<StrictDevice> devices = ConcurrentHashMap.newKeySet();

    private final List<StrictDomain> allocated = new CopyOnWriteArrayList<>();
    private final List<Device> released = new CopyOnWriteArrayList<>();
    private final List<Reported> reported = Collections.synchronizedList(new ArrayList<>());
    private final List<Reported> rejected = Collections.synchronizedList(new ArrayList<>());

    private StrictFaults(Script script) {
        this.script = script;
    }

    /** Starts a fake core. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a fake core. One thread. */
    public static final class Builder {
        private Function<PageRequest, ResponseCode> answers;
        private boolean domainsEverywhere;

        private Builder() {}

        /**
         * Answers each closed group by a function of its last request, on the reporting thread. The function returns
         * null to leave the group pending. Without this call the fake core offers groups to the handlers of
         * {@link StrictFaults#serve}.
         */
        public Builder answers(Function<PageRequest, ResponseCode> function) {
            answers = function;
            return this;
        }

        /** Treats every device and PASID as if a domain were attached; else rule C07 holds. */
        public Builder domainsEverywhere() {
            domainsEverywhere = true;
            return this;
        }

        /** Makes the fake core. */
        public StrictFaults build() {
            return new StrictFaults(new Script(answers, domainsEverywhere));
        }
    }

    // What a test tells the fake core

    /** Replaces the function of {@link Builder#answers}; null offers groups to handlers from now on. */
    public void answers(Function<PageRequest, ResponseCode> function) {
        script.answers(function);
    }

    /** Leaves every group pending that closes from now on. */
    public void hold() {
        script.answers(request -> null);
    }

    /** Makes {@code handler} the handler of every domain of this kind. */
    public void serve(String kind, FaultHandler handler) {
        script.serve(kind, handler);
    }

    /** Has the reporting thread run an action before each report. */
    public void beforeReport(Runnable action) {
        script.beforeReport(action);
    }

    /** Has the thread that discards partials run an action first. */
    public void onDiscard(Runnable action) {
        script.onDiscard(action);
    }

    /** Has the event thread run an action when a batch of reports begins. */
    public void onBatch(Runnable action) {
        script.onBatch(action);
    }

    /** Makes {@link FaultQueue#add} throw; null lets devices in again. */
    public void refuseAdding(RuntimeException failure) {
        script.refuseAdding(failure);
    }

    /**
     * Announces that a unit's driver is about to go: removes and releases the unit's devices, as the core does (R06).
     */
    public void unitGoes(String unit) {
        for (StrictDevice device : devices) {
            if (device.unit().equals(unit)) {
                queues.values().forEach(queue -> queue.remove(device));
                device.release();
            }
        }
    }

    /** Answers every pending group of a device. */
    public void respondAll(Device device, ResponseCode code) {
        pending(device).forEach(group -> group.respond(code));
    }

    /** Answers every pending group. */
    public void respondAll(ResponseCode code) {
        pending().forEach(group -> group.respond(code));
    }

    // What a test asks the fake core

    /** Returns the reported requests, in order of arrival. */
    public List<Reported> reported() {
        synchronized (reported) {
            return List.copyOf(reported);
        }
    }

    /** Returns the reported requests without their devices, in order of arrival. */
    public List<PageRequest> requests() {
        return reported().stream().map(Reported::request).toList();
    }

    /** Returns the requests that drivers rejected (rule V05), in order of arrival. */
    public List<Reported> rejected() {
        synchronized (rejected) {
            return List.copyOf(rejected);
        }
    }

    /** Returns the groups without an answer. */
    public List<FaultGroup> pending() {
        List<FaultGroup> groups = new ArrayList<>();
        devices.forEach(device -> groups.addAll(device.pending()));
        return groups;
    }

    /** Returns the groups of a device without an answer, the oldest first. */
    public List<FaultGroup> pending(Device device) {
        return List.copyOf(StrictDevice.of(device).pending());
    }

    /** Returns the number of requests of a device that wait for the last request of their group. */
    public int partials(Device device) {
        return StrictDevice.of(device).partials();
    }

    /** Returns how often a queue's partials were discarded; 0 if there is no such queue. */
    public int discards(String queue) {
        StrictQueue known = queues.get(queue);
        return known == null ? 0 : known.discards();
    }

    /** Returns the domain that is attached to a device and PASID, null if none is. */
    public Domain attached(Device device, int pasid) {
        return StrictDevice.of(device).attached(pasid);
    }

    /** Returns the domains that were allocated and that no thread has freed yet, in order. */
    public List<Domain> domains() {
        return allocated.stream()
                .filter(domain -> !domain.isFreed())
                .map(Domain.class::cast)
                .toList();
    }

    /** Returns the devices that their drivers released, in order. */
    public List<Device> released() {
        return List.copyOf(released);
    }

    /** Throws the first forbidden call of a driver as {@link io.pgfault.tck.RuleBroken}, once. */
    public void verify() {
        complaints.verify();
    }

    /** Ends the fake core after the units have gone; throws what a driver left behind (rule C01). */
    @Override
    public void close() {
        if (!queues.isEmpty()) {
            complaints.complain(Rule.C01, "the unit went and left its fault queue behind: " + queues.keySet());
        }
        if (!devices.isEmpty()) {
            complaints.complain(
                    Rule.C01,
                    "the driver never called release for "
                            + devices.stream().map(Device::name).sorted().toList());
        }
        verify();
    }

    // The contract

    @Override
    public FaultQueue allocate(String name) {
        StrictQueue queue = new StrictQueue(complaints, script, name, freed -> queues.remove(name, freed));
        if (queues.putIfAbsent(name, queue) != null) {
            throw new IllegalStateException("fault queue " + name + " exists");
        }
        return queue;
    }

    @Override
    public List<FaultQueue> queues() {
        return List.copyOf(queues.values());
    }

    @Override
    public Device probe(IommuDriver driver, String unit, String name, int id) {
        StrictQueue queue = queues.get(unit);
        Counts counts = queue == null ? new Counts() : new Counts(queue.counters());
        StrictDevice device = new StrictDevice(complaints, script, driver, unit, name, id, counts);
        devices.add(device);
        return device;
    }

    @Override
    public void release(Device device) {
        StrictDevice known = StrictDevice.of(device);
        if (devices.remove(known)) {
            queues.values().forEach(queue -> queue.remove(known));
            known.release();
            released.add(known);
        }
    }

    @Override
    public Report report(
            Device device,
            int flags,
            int pasid,
            int groupId,
            int permissions,
            long address,
            long private0,
            long private1) {
        script.runBeforeReport();
        PageRequest request = new PageRequest(flags, pasid, groupId, permissions, address, private0, private1);
        reported.add(new Reported(device, request));
        return StrictDevice.of(device).report(request);
    }

    @Override
    public void reject(Device device, int flags, int pasid, int groupId, long private0, long private1) {
        PageRequest request = new PageRequest(flags, pasid, groupId, 0, 0, private0, private1);
        rejected.add(new Reported(device, request));
        StrictDevice.of(device).reject(request);
    }

    @Override
    public Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested) {
        StrictDomain domain = new StrictDomain(kind, name, pageTable, nested);
        allocated.removeIf(StrictDomain::isFreed);
        allocated.add(domain);
        return domain;
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        if (!(domain instanceof StrictDomain known)) {
            throw new IllegalArgumentException("not a domain of this core: " + domain);
        }
        if (domain.pageTable() instanceof NestedTable) {
            throw new UnsupportedOperationException(
                    "domain %s has a user's first stage, and the kit's core offers no group to a second stage; test nesting with io.pgfault.core"
                            .formatted(domain.name()));
        }
        StrictDevice.of(device).attach(pasid, known);
    }

    @Override
    public void detach(Device device, int pasid) {
        StrictDevice.of(device).detach(pasid);
    }

    @Override
    public void detach(Domain domain) {
        devices.forEach(device -> device.detachFrom(domain));
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        StrictDevice.of(device).drain(pasid);
    }

    @Override
    public void invalidate(Domain domain, long first, long last) {
        devices.forEach(device -> device.invalidate(domain, first, last));
    }
}
