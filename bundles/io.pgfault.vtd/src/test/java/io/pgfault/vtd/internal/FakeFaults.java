// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

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
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * The core as a driver sees it, slow and obvious: it remembers what is reported, keeps partials and poisons, and
 * answers a closed group with what {@link #answers} says at once, or holds it until {@link #answerHeld}.
 */
public final class FakeFaults implements IoPageFaults {
    /** What was reported. */
    public record Reported(Device device, PageRequest request) {}

    /** Which group. */
    private record Key(int pasid, int groupId) {}

    public final List<Reported> reports = Collections.synchronizedList(new ArrayList<>());
    public final List<Device> released = new CopyOnWriteArrayList<>();

    /** The answer to a last request, or null to hold its group. */
    public volatile Function<PageRequest, ResponseCode> answers = request -> ResponseCode.SUCCESS;

    /** Runs on the event thread before a report is looked at. */
    public volatile Runnable beforeReport = () -> {};

    /** Runs when partials are discarded. */
    public volatile Runnable onDiscard = () -> {};

    /** Makes adding a device fail. */
    public volatile RuntimeException addFailure;

    private final Map<String, Queue> queues = new ConcurrentHashMap<>();

    /** Answers every held group of the device. */
    public void answerHeld(Device device, ResponseCode code) {
        ((Known) device).answerHeld(code);
    }

    /** Requests of the device that are kept until their last one comes. */
    public int partials(Device device) {
        return ((Known) device).partials();
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
        return new Known(driver, unit, name, id);
    }

    @Override
    public void release(Device device) {
        Known known = (Known) device;
        Queue queue = queues.get(known.unit);
        if (queue != null) {
            queue.remove(device);
        }
        released.add(device);
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
        PageRequest request = new PageRequest(flags, pasid, groupId, permissions, address, private0, private1);
        reports.add(new Reported(device, request));
        return ((Known) device).report(request);
    }

    @Override
    public void reject(Device device, int flags, int pasid, int groupId, long private0, long private1) {
        ((Known) device).reject(new PageRequest(flags, pasid, groupId, 0, 0, private0, private1));
    }

    @Override
    public Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested) {
        return new Domain() {
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
            public void free() {}
        };
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        ((Known) device).driver.attach(device, pasid, domain);
    }

    @Override
    public void detach(Device device, int pasid) {
        ((Known) device).driver.detach(device, pasid);
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        ((Known) device).driver.drain(device, pasid);
    }

    @Override
    public void invalidate(Domain domain, long first, long last) {
        throw new UnsupportedOperationException();
    }

    private final class Known implements Device {
        private final IommuDriver driver;
        private final String unit;
        private final String name;
        private final int id;
        private final Counts counts = new Counts();
        private final Map<Key, List<PageRequest>> partials = new ConcurrentHashMap<>();
        private final Set<Key> poisoned = new HashSet<>();
        private final List<PageRequest> held = new ArrayList<>();

        Known(IommuDriver driver, String unit, String name, int id) {
            this.driver = driver;
            this.unit = unit;
            this.name = name;
            this.id = id;
        }

        Report report(PageRequest request) {
            Queue queue = queues.get(unit);
            Key key = key(request);
            ResponseCode code;
            Report report;
            synchronized (this) {
                boolean inQueue = queue != null && queue.devices.contains(this);
                if (!request.lastPage()) {
                    partials.computeIfAbsent(key, k -> new ArrayList<>()).add(request);
                    return inQueue ? Report.PARTIAL : Report.POISONED;
                }
                partials.remove(key);
                boolean bad = poisoned.remove(key);
                report = !inQueue ? Report.NO_QUEUE : bad ? Report.POISONED_GROUP : Report.CLOSED;
                code = report == Report.CLOSED ? answers.apply(request) : ResponseCode.INVALID;
                if (code == null) {
                    held.add(request);
                }
            }
            if (code != null) {
                respond(request, code);
            }
            return report;
        }

        void reject(PageRequest request) {
            counts.add(Counter.BAD_REQUESTS, 1);
            synchronized (this) {
                if (request.lastPage()) {
                    partials.remove(key(request));
                } else {
                    poisoned.add(key(request));
                }
            }
            if (request.lastPage()) {
                respond(request, ResponseCode.INVALID);
            }
        }

        void answerHeld(ResponseCode code) {
            List<PageRequest> groups;
            synchronized (this) {
                groups = List.copyOf(held);
                held.clear();
            }
            groups.forEach(request -> respond(request, code));
            synchronized (this) {
                notifyAll();
            }
        }

        synchronized int partials() {
            return partials.values().stream().mapToInt(List::size).sum();
        }

        synchronized void discardPartials() {
            partials.clear();
            poisoned.clear();
        }

        synchronized void awaitNoneHeld() throws InterruptedException {
            while (!held.isEmpty()) {
                wait();
            }
        }

        private void respond(PageRequest request, ResponseCode code) {
            driver.pageResponse(
                    this,
                    request.responseNeedsPasid() ? request.pasid() : Pasid.NONE,
                    request.groupId(),
                    request.private0(),
                    request.private1(),
                    code);
        }

        private static Key key(PageRequest request) {
            return new Key(request.responseNeedsPasid() ? request.pasid() : Pasid.NONE, request.groupId());
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

    private final class Queue implements FaultQueue {
        private final String name;
        private final List<Known> devices = new CopyOnWriteArrayList<>();
        private final Counts counts = new Counts();

        Queue(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void add(Device device) {
            if (addFailure != null) {
                throw addFailure;
            }
            devices.add((Known) device);
        }

        @Override
        public void remove(Device device) {
            Known known = (Known) device;
            if (devices.remove(known)) {
                known.discardPartials();
                known.answerHeld(ResponseCode.INVALID);
            }
        }

        @Override
        public List<Device> devices() {
            return List.copyOf(devices);
        }

        @Override
        public void flush(Device device) throws InterruptedException {
            ((Known) device).awaitNoneHeld();
        }

        @Override
        public void discardPartials() {
            onDiscard.run();
            devices.forEach(Known::discardPartials);
        }

        @Override
        public Counters counters() {
            return counts;
        }

        @Override
        public Latency latency() {
            return new Latency(0, 0, 0, 0, 0, 0);
        }

        @Override
        public void close() {
            devices.forEach(this::remove);
            queues.remove(name, this);
        }
    }

    private static final class Counts implements Counters {
        private final Map<Counter, Long> counts = new ConcurrentHashMap<>();

        @Override
        public long get(Counter counter) {
            return counts.getOrDefault(counter, 0L);
        }

        @Override
        public void add(Counter counter, long delta) {
            counts.merge(counter, delta, Long::sum);
        }
    }
}
