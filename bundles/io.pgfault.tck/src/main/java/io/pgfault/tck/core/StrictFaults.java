// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A core that watches its driver: it does what the core's contract says, without workers, deadlines and bounds, and
 * remembers the first call that a driver may not make.
 */
public final class StrictFaults implements IoPageFaults, Core {
    private final Map<String, StrictQueue> queues = new ConcurrentHashMap<>();
    private final Map<String, FaultHandler> handlers = new ConcurrentHashMap<>();
    private final Set<StrictDevice> devices = ConcurrentHashMap.newKeySet();
    private final AtomicReference<RuleBroken> broken = new AtomicReference<>();

    void complain(Rule rule, String how, Throwable cause) {
        broken.compareAndSet(null, new RuleBroken(rule, how, cause));
    }

    FaultHandler handler(String kind) {
        return handlers.get(kind);
    }

    StrictDevice known(Device device) {
        if (device instanceof StrictDevice known) {
            return known;
        }
        throw new IllegalArgumentException("not a device of this core: " + device);
    }

    /** A unit without a queue is counted nowhere. */
    Counters unitCounters(String unit) {
        StrictQueue queue = queues.get(unit);
        return queue == null ? new Counts() : queue.counters();
    }

    void freed(StrictQueue queue) {
        queues.remove(queue.name(), queue);
    }

    @Override
    public IoPageFaults faults() {
        return this;
    }

    @Override
    public void serve(String kind, FaultHandler handler) {
        handlers.put(kind, handler);
    }

    @Override
    public void unitGoes(String unit) {
        for (StrictDevice device : devices) {
            if (device.unit().equals(unit)) {
                release(device);
            }
        }
    }

    @Override
    public void verify() {
        RuleBroken first = broken.getAndSet(null);
        if (first != null) {
            throw first;
        }
    }

    /** The unit has gone: nothing of it may be left. */
    @Override
    public void close() {
        if (!queues.isEmpty()) {
            complain(Rule.C01, "the unit went and left its fault queue behind: " + queues.keySet(), null);
        }
        if (!devices.isEmpty()) {
            complain(
                    Rule.C01,
                    "the unit went and did not release "
                            + devices.stream().map(Device::name).toList(),
                    null);
        }
        verify();
    }

    @Override
    public FaultQueue allocate(String name) {
        StrictQueue queue = new StrictQueue(this, name);
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
        StrictDevice device = new StrictDevice(this, driver, unit, name, id);
        devices.add(device);
        return device;
    }

    @Override
    public void release(Device device) {
        StrictDevice known = known(device);
        if (devices.remove(known)) {
            queues.values().forEach(queue -> queue.remove(known));
            known.release();
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
        return known(device).report(new PageRequest(flags, pasid, groupId, permissions, address, private0, private1));
    }

    @Override
    public void reject(Device device, int flags, int pasid, int groupId, long private0, long private1) {
        known(device).reject(new PageRequest(flags, pasid, groupId, 0, 0, private0, private1));
    }

    @Override
    public Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested) {
        return new KitDomain(kind, name, pageTable, nested);
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        known(device).attach(pasid, domain);
    }

    @Override
    public void detach(Device device, int pasid) {
        known(device).detach(pasid);
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        known(device).drain(pasid);
    }

    @Override
    public void invalidate(Domain domain, long first, long last) {
        devices.forEach(device -> device.invalidate(domain, first, last));
    }
}
