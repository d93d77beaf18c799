// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.core.internal.ModelDevice.ModelDomain;
import io.pgfault.core.internal.ModelDevice.Unit;
import io.pgfault.core.internal.device.IopfQueue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * The core and its {@link Model} side by side: does the same with both, one random operation after the other, and
 * compares what they return, what handlers were offered, what the driver was told, and every count.
 */
final class CoreAndModel implements AutoCloseable {
    private static final String[] KINDS = {"a", "b", "nobody's"};
    private static final int UNITS = 2;
    private static final int DEVICES = 3;
    private static final int DOMAINS = 5;
    private static final int[] PASIDS = {Pasid.NONE, 0, 1, Pasid.MAX};
    private static final ResponseCode[] CODES = ResponseCode.values();

    private final Random random;
    private final ExecutorService threads;
    private final Settings settings;
    private final Model model;
    private final IoPageFaultCore core;
    private final List<Object> events = new ArrayList<>();
    private final Recent<FaultGroup> seen = new Recent<>();
    private final IopfQueue[] queues = new IopfQueue[UNITS];
    private final Unit[] units = new Unit[UNITS];
    private final Device[] devices = new Device[DEVICES];
    private final ModelDevice[] modelDevices = new ModelDevice[DEVICES];
    private final Domain[] domains = new Domain[DOMAINS];
    private final ModelDomain[] modelDomains = new ModelDomain[DOMAINS];
    private final IommuDriver driver = new Driver();
    private boolean driverFails;
    private long serial;
    private long named;
    private String operation = "start";

    private final class Driver implements IommuDriver {
        @Override
        public void pageResponse(
                Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
            synchronized (events) {
                events.add(new RecordingDriver.Response(device.name(), pasid, groupId, private0, private1, code));
            }
            if (private1 % 31 == 0) {
                throw new IllegalStateException("can't send, on purpose");
            }
        }

        @Override
        public void attach(Device device, int pasid, Domain domain) {
            if (driverFails) {
                throw new IllegalStateException("can't attach, on purpose");
            }
        }
    }

    CoreAndModel(Random random, ExecutorService threads) {
        this.random = random;
        this.threads = threads;
        settings = new Settings(
                200 + random.nextInt(200),
                random.nextInt(60),
                random.nextInt(80),
                random.nextInt(6),
                1 + random.nextInt(10),
                1 + random.nextInt(12),
                1 + random.nextInt(24),
                0,
                1 + random.nextInt(6));
        model = new Model(settings);
        core = new IoPageFaultCore(settings, () -> model.now);
        for (int i = 0; i < UNITS; i++) {
            allocate(i);
        }
        for (int i = 0; i < DOMAINS; i++) {
            allocateDomain(i);
        }
        for (int i = 0; i < DEVICES; i++) {
            probe(i);
            add(i);
            attach(i);
        }
    }

    @Override
    public void close() {
        core.close();
    }

    /** The operation done last, for people. */
    String operation() {
        return operation;
    }

    /** Does one random operation and compares. */
    void step() throws Exception {
        events.clear();
        model.events.clear();
        int dice = random.nextInt(1000);
        boolean ordered = true;
        if (dice < 480) {
            report();
        } else if (dice < 500) {
            reject();
        } else if (dice < 640) {
            respond();
        } else if (dice < 643) {
            respondFromThreads();
        } else if (dice < 800) {
            turn();
        } else if (dice < 860) {
            ordered = false;
            expire(random.nextInt(10) == 0 ? random.nextInt(300) : random.nextInt(20));
        } else if (dice < 900) {
            addHandler();
        } else if (dice < 920) {
            removeHandler();
        } else if (dice < 935) {
            add(random.nextInt(DEVICES));
        } else if (dice < 945) {
            remove();
        } else if (dice < 949) {
            release();
        } else if (dice < 965) {
            attach(random.nextInt(DEVICES));
        } else if (dice < 975) {
            detach();
        } else if (dice < 982) {
            freeDomain();
        } else if (dice < 988) {
            discard();
        } else if (dice < 990) {
            allocate(random.nextInt(UNITS));
        } else {
            flush();
        }
        compare(ordered);
    }

    private void compare(boolean ordered) {
        if (!events.equals(model.events)) {
            assertThat(ordered).as("events in this order").isEqualTo(false);
            assertThat(events).containsExactlyInAnyOrderElementsOf(model.events);
        }
        for (int i = 0; i < DEVICES; i++) {
            compare(devices[i].name(), devices[i].counters(), modelDevices[i].counts);
        }
        for (int i = 0; i < UNITS; i++) {
            compare("unit " + i, queues[i].counters(), units[i].counts);
        }
    }

    private static final Counter[] COUNTERS = Counter.values();

    private static void compare(String of, Counters counters, Map<Counter, Long> expected) {
        for (Counter counter : COUNTERS) {
            long count = counters.get(counter);
            if (count != expected.getOrDefault(counter, 0L)) {
                assertThat(count).as(counter + " of " + of).isEqualTo(expected.getOrDefault(counter, 0L));
            }
        }
    }

    /** Compares what is too slow to compare after every step. */
    void compareLatencies() {
        for (int i = 0; i < UNITS; i++) {
            long max = units[i].latencies.stream().mapToLong(l -> l).max().orElse(0);
            assertThat(queues[i].latency().count()).as("latencies").isEqualTo(units[i].latencies.size());
            assertThat(queues[i].latency().max()).as("greatest latency").isBetween(max, max + max / 64);
        }
    }

    // Faults

    private PageRequest request(boolean reported) {
        int pasid = PASIDS[random.nextInt(PASIDS.length)];
        int flags = (pasid == Pasid.NONE ? 0 : PageRequest.PASID_VALID)
                | (random.nextInt(4) == 0 ? 0 : PageRequest.RESPONSE_NEEDS_PASID)
                | (random.nextInt(5) < (reported ? 2 : 1) ? PageRequest.LAST_PAGE : 0);
        long number = ++serial;
        return new PageRequest(
                flags,
                Math.max(pasid, 0),
                random.nextInt(5),
                random.nextInt(16),
                random.nextLong() & -4096,
                random.nextLong(),
                number);
    }

    private void report() {
        int device = random.nextInt(DEVICES);
        PageRequest request = request(true);
        operation = "report " + request + " flags " + request.flags() + " of " + modelDevices[device];
        Object expected = model.report(modelDevices[device], request);
        assertThat(core.report(devices[device], request)).isEqualTo(expected);
    }

    private void reject() {
        int device = random.nextInt(DEVICES);
        PageRequest request = request(false);
        operation = "reject " + request + " of " + modelDevices[device];
        model.reject(modelDevices[device], request);
        core.reject(
                devices[device],
                request.flags(),
                request.pasid(),
                request.groupId(),
                request.private0(),
                request.private1());
    }

    private Long someGroup() {
        assertThat(seen.keySet()).isEqualTo(model.seen.keySet());
        List<Long> numbers = List.copyOf(seen.keySet());
        return numbers.isEmpty() ? null : numbers.get(random.nextInt(numbers.size()));
    }

    private void respond() {
        Long number = someGroup();
        ResponseCode code = CODES[random.nextInt(CODES.length)];
        operation = "respond " + code + " to " + number;
        if (number != null) {
            boolean expected = respondInModel(number, code);
            assertThat(seen.get(number).respond(code)).isEqualTo(expected);
        }
    }

    private void respondFromThreads() throws Exception {
        Long number = someGroup();
        operation = "respond from several threads to " + number;
        if (number == null) {
            return;
        }
        FaultGroup group = seen.get(number);
        List<Callable<Boolean>> answers = new ArrayList<>();
        for (ResponseCode code : CODES) {
            answers.add(() -> group.respond(code));
        }
        List<Future<Boolean>> won = threads.invokeAll(answers);
        Model.View expected = model.seen.get(number);
        boolean open = !expected.group().answered && expected.group().turn == expected.turn();
        int winners = 0;
        for (int i = 0; i < CODES.length; i++) {
            if (won.get(i).get()) {
                winners++;
                respondInModel(number, CODES[i]);
            }
        }
        assertThat(winners).as("answers that counted").isEqualTo(open ? 1 : 0);
        for (int i = winners; i < CODES.length; i++) {
            respondInModel(number, ResponseCode.FAILURE);
        }
    }

    private boolean respondInModel(Long number, ResponseCode code) {
        Model.View view = model.seen.get(number);
        return model.respond(view.group(), view.turn(), code);
    }

    private void turn() {
        int unit = random.nextInt(UNITS);
        operation = "a worker of unit " + unit + " takes its turn";
        assertThat(queues[unit].turn()).isEqualTo(model.turn(units[unit]));
    }

    private void expire(long by) {
        operation = "expire after " + by;
        model.now += by;
        assertThat(core.expire(Long.MAX_VALUE)).isEqualTo(model.expire());
    }

    // Handlers

    private void addHandler() {
        long service = 1L + random.nextInt(4);
        int ranking = random.nextInt(3);
        boolean inline = random.nextBoolean();
        Set<String> kinds = new LinkedHashSet<>();
        kinds.add(KINDS[random.nextInt(2)]);
        kinds.add(KINDS[random.nextInt(2)]);
        operation = "handler " + service + " of ranking " + ranking + (inline ? ", inline," : "") + " for " + kinds;
        model.handlers.add(service, ranking, inline, kinds);
        core.addHandler(new ScriptedHandler(core, service, events, seen), service, ranking, inline, kinds);
    }

    private void removeHandler() {
        long service = 1L + random.nextInt(4);
        operation = "handler " + service + " leaves";
        model.handlers.remove(service);
        core.removeHandler(service);
    }

    // Queues, devices, domains

    private void allocate(int unit) {
        operation = "free and allocate unit " + unit;
        if (queues[unit] != null) {
            queues[unit].close();
            List.copyOf(units[unit].devices).forEach(device -> model.remove(units[unit], device));
        }
        queues[unit] = (IopfQueue) core.allocate("unit" + unit);
        units[unit] = new Unit();
    }

    private void probe(int device) {
        String name = "d" + device + "." + ++named;
        devices[device] = core.probe(driver, "unit0", name, device);
        modelDevices[device] = new ModelDevice(name, units[0]);
        model.devices.add(modelDevices[device]);
    }

    private void add(int device) {
        if (modelDevices[device].released && random.nextBoolean()) {
            operation = "probe device " + device;
            probe(device);
        }
        int unit = random.nextInt(UNITS);
        operation = "add " + modelDevices[device] + " to unit " + unit;
        boolean expected = model.add(units[unit], modelDevices[device]);
        assertThat(succeeds(() -> queues[unit].add(devices[device]))).isEqualTo(expected);
        assertThat(queues[unit].devices())
                .extracting(Device::name)
                .containsExactlyElementsOf(
                        units[unit].devices.stream().map(d -> d.name).toList());
    }

    private void remove() {
        int unit = random.nextInt(UNITS);
        int device = random.nextInt(DEVICES);
        operation = "remove " + modelDevices[device] + " from unit " + unit;
        model.remove(units[unit], modelDevices[device]);
        queues[unit].remove(devices[device]);
    }

    private void release() {
        int device = random.nextInt(DEVICES);
        operation = "release " + modelDevices[device];
        model.release(modelDevices[device]);
        core.release(devices[device]);
    }

    private void attach(int device) {
        int pasid = PASIDS[random.nextInt(PASIDS.length)];
        int domain = random.nextInt(DOMAINS);
        driverFails = random.nextInt(8) == 0;
        operation = "attach " + modelDomains[domain].name + " to " + modelDevices[device] + " pasid " + pasid
                + (driverFails ? ", the driver fails" : "");
        boolean expected = model.attach(modelDevices[device], pasid, modelDomains[domain], driverFails);
        assertThat(succeeds(() -> core.attach(devices[device], pasid, domains[domain])))
                .isEqualTo(expected);
    }

    private void detach() {
        int device = random.nextInt(DEVICES);
        int pasid = PASIDS[random.nextInt(PASIDS.length)];
        operation = "detach " + modelDevices[device] + " pasid " + pasid;
        model.detach(modelDevices[device], pasid);
        core.detach(devices[device], pasid);
    }

    private void allocateDomain(int domain) {
        String kind = KINDS[random.nextInt(10) == 0 ? 2 : random.nextInt(2)];
        boolean nested = random.nextInt(3) == 0;
        modelDomains[domain] = new ModelDomain("p" + ++named, kind, nested);
        domains[domain] = core.allocateDomain(kind, modelDomains[domain].name, PageTable.EMPTY, nested);
    }

    private void freeDomain() {
        int domain = random.nextInt(DOMAINS);
        operation = "free " + modelDomains[domain].name;
        if (modelDomains[domain].freed) {
            allocateDomain(domain);
        } else {
            assertThat(succeeds(domains[domain]::free)).isEqualTo(model.free(modelDomains[domain]));
        }
    }

    private void discard() {
        int unit = random.nextInt(UNITS);
        operation = "discard partials of unit " + unit;
        model.discard(units[unit]);
        queues[unit].discardPartials();
    }

    // Flushing

    private void flush() throws InterruptedException {
        int device = random.nextInt(DEVICES);
        long by = random.nextInt((int) settings.deadlineNanos());
        operation = "flush " + modelDevices[device] + " after " + by;
        model.now += by;
        model.flush(modelDevices[device]);
        queues[0].flush(devices[device]);
    }

    private static boolean succeeds(Runnable attempt) {
        try {
            attempt.run();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }
}
