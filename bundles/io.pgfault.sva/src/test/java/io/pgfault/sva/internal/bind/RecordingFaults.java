// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The part of the core that SVA uses. The fake records which domain is attached where, and the order of calls, and
 * refuses a device that was released.
 */
final class RecordingFaults implements IoPageFaults {
    record FakeDevice(String name, int id) implements Device {
        @Override
        public String unit() {
            return "unit0";
        }

        @Override
        public Counters counters() {
            throw new UnsupportedOperationException();
        }
    }

    record Place(Device device, int pasid) {}

    final class FakeDomain implements Domain {
        private final String kind;
        private final String name;
        private final PageTable pageTable;
        private final boolean nested;

        FakeDomain(String kind, String name, PageTable pageTable, boolean nested) {
            this.kind = kind;
            this.name = name;
            this.pageTable = pageTable;
            this.nested = nested;
        }

        @Override
        public String kind() {
            return kind;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public PageTable pageTable() {
            return pageTable;
        }

        @Override
        public boolean nested() {
            return nested;
        }

        @Override
        public void free() {
            if (attached.containsValue(this)) {
                throw new IllegalStateException("domain " + name + " is attached");
            }
            domains.remove(this);
            events.add("free " + name);
        }
    }

    final Map<Place, Domain> attached = new ConcurrentHashMap<>();
    final Set<Domain> domains = ConcurrentHashMap.newKeySet();
    final Set<Device> released = ConcurrentHashMap.newKeySet();
    final List<String> events = Collections.synchronizedList(new ArrayList<>());

    /** Runs in the middle of each drain. */
    volatile Runnable whileDraining = () -> {};

    /** Runs in the middle of each invalidation. */
    volatile Runnable whileInvalidating = () -> {};

    /** What {@link #drain} throws after that, or null. */
    volatile Throwable drainFailure;

    Device device(String name) {
        return new FakeDevice(name, name.hashCode() & 0xffff);
    }

    @Override
    public Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested) {
        Domain domain = new FakeDomain(kind, name, pageTable, nested);
        domains.add(domain);
        return domain;
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        requirePresent(device);
        if (!domains.contains(domain)) {
            throw new IllegalStateException("domain " + domain.name() + " has been freed");
        }
        attached.put(new Place(device, pasid), domain);
        events.add("attach " + device.name() + " " + pasid);
    }

    @Override
    public void detach(Device device, int pasid) {
        requirePresent(device);
        attached.remove(new Place(device, pasid));
        events.add("detach " + device.name() + " " + pasid);
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        requirePresent(device);
        events.add("drain " + device.name() + " " + pasid);
        whileDraining.run();
        if (drainFailure instanceof InterruptedException e) {
            throw e;
        } else if (drainFailure instanceof RuntimeException e) {
            throw e;
        } else if (drainFailure instanceof Error e) {
            throw e;
        }
    }

    @Override
    public void release(Device device) {
        released.add(device);
        attached.keySet().removeIf(place -> place.device().equals(device));
    }

    private void requirePresent(Device device) {
        if (released.contains(device)) {
            throw new IllegalStateException("device " + device.name() + " has been released");
        }
    }

    @Override
    public void invalidate(Domain domain, long first, long last) {
        whileInvalidating.run();
        events.add("invalidate %s %x-%x".formatted(domain.name(), first, last));
    }

    @Override
    public FaultQueue allocate(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<FaultQueue> queues() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Device probe(IommuDriver driver, String unit, String name, int id) {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    @Override
    public void reject(Device device, int flags, int pasid, int groupId, long private0, long private1) {
        throw new UnsupportedOperationException();
    }
}
