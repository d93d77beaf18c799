// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Latency;
import io.pgfault.api.driver.Report;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * A stand-in for the core: keeps what is reported, answers by a script or when told to. Closed groups that the script
 * doesn't answer are pending until {@link #respond} or until their device is removed.
 */
final class RecordingFaults implements IoPageFaults {
    record Reported(Device device, PageRequest request) {}

    private final List<Reported> reported = new ArrayList<>();
    private final List<Reported> rejected = new ArrayList<>();
    private final List<Reported> pending = new ArrayList<>();
    private final Map<String, Queue> queues = new ConcurrentHashMap<>();
    private volatile Function<PageRequest, ResponseCode> script = request -> ResponseCode.SUCCESS;
    private volatile Runnable beforeReport = () -> {};
    private volatile Runnable onDiscard = () -> {};
    private volatile Runnable onBatch = () -> {};

    /** Answers every closed group as {@code script} says; null leaves it pending. */
    void script(Function<PageRequest, ResponseCode> answers) {
        script = answers;
    }

    /** Leaves every closed group pending. */
    void hold() {
        script = request -> null;
    }

    /** Runs on the event thread before each report. */
    void beforeReport(Runnable action) {
        beforeReport = action;
    }

    /** Runs on the event thread when partials are discarded. */
    void onDiscard(Runnable action) {
        onDiscard = action;
    }

    /** Runs on the event thread when a batch begins. */
    void onBatch(Runnable action) {
        onBatch = action;
    }

    synchronized List<PageRequest> requests() {
        return reported.stream().map(Reported::request).toList();
    }

    synchronized List<Reported> reported() {
        return List.copyOf(reported);
    }

    synchronized List<Reported> rejected() {
        return List.copyOf(rejected);
    }

    synchronized List<Reported> pending() {
        return List.copyOf(pending);
    }

    /** Answers a pending group. */
    void respond(Reported group, ResponseCode code) {
        boolean first;
        synchronized (this) {
            first = pending.remove(group);
            notifyAll();
        }
        if (first) {
            deliver(group, code);
        }
    }

    void respondAll(ResponseCode code) {
        pending().forEach(group -> respond(group, code));
    }

    private static void deliver(Reported group, ResponseCode code) {
        PageRequest last = group.request;
        int pasid = last.responseNeedsPasid() ? last.pasid() : Pasid.NONE;
        device(group.device)
                .driver
                .pageResponse(group.device, pasid, last.groupId(), last.private0(), last.private1(), code);
    }

    private static FakeDevice device(Device device) {
        return (FakeDevice) device;
    }

    @Override
    public FaultQueue allocate(String name) {
        Queue queue = new Queue(name);
        if (queues.putIfAbsent(name, queue) != null) {
            throw new IllegalStateException("queue " + name + " exists");
        }
        return queue;
    }

    @Override
    public List<FaultQueue> queues() {
        return List.copyOf(queues.values());
    }

    @Override
    public Device probe(IommuDriver driver, String unit, String name, int id) {
        return new FakeDevice(driver, unit, name, id, new FakeCounters(queues.get(unit).counters));
    }

    @Override
    public void release(Device device) {
        queues.values().forEach(queue -> queue.remove(device));
        device(device).released = true;
        device(device).domains.keySet().forEach(pasid -> detach(device, pasid));
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
        beforeReport.run();
        if (device(device).released) {
            return Report.RELEASED;
        }
        Reported one =
                new Reported(device, new PageRequest(flags, pasid, groupId, permissions, address, private0, private1));
        boolean queued;
        synchronized (this) {
            reported.add(one);
            queued = device(device).queue != null;
            if (one.request.lastPage() && queued) {
                pending.add(one);
            }
        }
        if (!one.request.lastPage()) {
            return Report.PARTIAL;
        }
        if (!queued) {
            deliver(one, ResponseCode.INVALID);
            return Report.NO_QUEUE;
        }
        ResponseCode code = script.apply(one.request);
        if (code != null) {
            respond(one, code);
        }
        return Report.CLOSED;
    }

    @Override
    public void reject(Device device, int flags, int pasid, int groupId, long private0, long private1) {
        Reported one = new Reported(device, new PageRequest(flags, pasid, groupId, 0, 0, private0, private1));
        synchronized (this) {
            rejected.add(one);
        }
        device.counters().add(Counter.BAD_REQUESTS, 1);
        if (one.request.lastPage()) {
            deliver(one, ResponseCode.INVALID);
        }
    }

    @Override
    public Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested) {
        return new FakeDomain(kind, name, pageTable, nested);
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        device(device).driver.attach(device, pasid, domain);
        device(device).domains.put(pasid, domain);
    }

    @Override
    public void detach(Device device, int pasid) {
        if (device(device).domains.remove(pasid) != null) {
            device(device).driver.detach(device, pasid);
        }
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        device(device).driver.drain(device, pasid);
    }

    @Override
    public void invalidate(Domain domain, long first, long last) {
        throw new UnsupportedOperationException("the driver never calls this");
    }

    /** A queue without workers: the reporting thread answers. */
    final class Queue implements FaultQueue {
        private final String name;
        private final FakeCounters counters = new FakeCounters(null);
        private final List<Device> devices = new ArrayList<>();
        private int discards;

        Queue(String name) {
            this.name = name;
        }

        int discards() {
            synchronized (RecordingFaults.this) {
                return discards;
            }
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void add(Device device) {
            if (!device(device).driver.canRespond(device)) {
                throw new UnsupportedOperationException(device.name() + " can't be responded to");
            }
            synchronized (RecordingFaults.this) {
                devices.add(device);
                device(device).queue = this;
            }
        }

        @Override
        public void remove(Device device) {
            List<Reported> left;
            synchronized (RecordingFaults.this) {
                if (!devices.remove(device)) {
                    return;
                }
                device(device).queue = null;
                left = pending.stream().filter(one -> one.device == device).toList();
            }
            left.forEach(group -> respond(group, ResponseCode.INVALID));
        }

        @Override
        public List<Device> devices() {
            synchronized (RecordingFaults.this) {
                return List.copyOf(devices);
            }
        }

        @Override
        public void flush(Device device) throws InterruptedException {
            synchronized (RecordingFaults.this) {
                while (pending.stream().anyMatch(one -> one.device == device)) {
                    RecordingFaults.this.wait();
                }
            }
        }

        @Override
        public void beginBatch() {
            onBatch.run();
        }

        @Override
        public void discardPartials() {
            onDiscard.run();
            synchronized (RecordingFaults.this) {
                discards++;
            }
        }

        @Override
        public Counters counters() {
            return counters;
        }

        @Override
        public Latency latency() {
            return new Latency(0, 0, 0, 0, 0, 0);
        }

        @Override
        public void close() {
            devices().forEach(this::remove);
            queues.remove(name);
        }
    }

    private static final class FakeDevice implements Device {
        private final IommuDriver driver;
        private final String unit;
        private final String name;
        private final int id;
        private final FakeCounters counters;
        private final Map<Integer, Domain> domains = new ConcurrentHashMap<>();
        private volatile Queue queue;
        private volatile boolean released;

        FakeDevice(IommuDriver driver, String unit, String name, int id, FakeCounters counters) {
            this.driver = driver;
            this.unit = unit;
            this.name = name;
            this.id = id;
            this.counters = counters;
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
            return counters;
        }
    }

    /** What is counted here is also counted in the parent. */
    private static final class FakeCounters implements Counters {
        private final FakeCounters parent;
        private final Map<Counter, Long> counts = new EnumMap<>(Counter.class);

        FakeCounters(FakeCounters parent) {
            this.parent = parent;
        }

        @Override
        public synchronized long get(Counter counter) {
            return counts.getOrDefault(counter, 0L);
        }

        @Override
        public synchronized void add(Counter counter, long delta) {
            counts.merge(counter, delta, Long::sum);
            if (parent != null) {
                parent.add(counter, delta);
            }
        }
    }

    private record FakeDomain(String kind, String name, PageTable pageTable, boolean nested) implements Domain {
        @Override
        public void free() {}
    }
}
