// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.handler.FaultHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Both vendors under everything at once: devices that come, ask nonsense and go with requests open, handlers that are
 * swapped and behave badly, a unit that is stopped and started again. Six seconds in the normal build; {@code -Psoak
 * -Dsoak.minutes=60} for longer.
 *
 * <p>What is checked all the time: each group that a device asks for has one response (C09), none comes after the
 * device was removed (C12), no counter falls (C18), every unit goes on. What is checked at the end: as many responses
 * as groups, and the heap. For the heap everything is brought to rest twice, after a quarter of the time and at the
 * end, and the used heap after several garbage collections is compared.
 */
class SoakTest {
    private static final String KIND = "soak";
    private static final int DEVICES = 4;
    private static final long HEAP_TOLERANCE = 16L << 20;
    private static final Duration TIME =
            Duration.ofMillis((long) (60_000 * Double.parseDouble(System.getProperty("soak.minutes", "0.1"))));

    /** Held here, because the logging system holds it weakly. The handlers fail by the thousand, on purpose. */
    private static final Logger QUIET = Logger.getLogger("io.pgfault");

    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final SoakHandlers handlers = new SoakHandlers();

    /** One unit of the soak and what watches it. */
    private final class Station {
        private final Way way;
        private final String name;
        private final StartedCore core;
        private final AtomicLong asked = new AtomicLong();
        /** Written by the thread that runs the station, read by the threads of its devices. */
        private volatile WatchedUnit unit;

        private RunningUnit running;

        Station(Way way, String name, StartedCore core) {
            this.way = way;
            this.name = name;
            this.core = core;
        }

        void open() {
            running = way.open(core.faults(), name);
            unit = new WatchedUnit(running.unit());
        }

        void close() {
            core.unitGoes(name);
            running.close();
            violations.addAll(unit.violations());
        }
    }

    @Test
    void c09_everythingAtOnce_answersEachGroupOnce() throws Exception {
        Level level = QUIET.getLevel();
        QUIET.setLevel(Level.OFF);
        try {
            soak();
        } finally {
            QUIET.setLevel(level);
        }
    }

    private void soak() throws Exception {
        try (StartedCore core = new StartedCore(Duration.ofSeconds(2))) {
            core.serve(KIND, true, Integer.MIN_VALUE, SoakHandlers::good);
            List<Station> stations = new ArrayList<>();
            for (Way way : Way.values()) {
                stations.add(new Station(way, "soak-" + way, core));
            }
            stations.forEach(Station::open);
            run(core, stations, TIME.dividedBy(4));
            long before = usedHeap();
            long askedBefore = asked(stations);
            run(core, stations, TIME.dividedBy(4).multipliedBy(3));
            long after = usedHeap();
            System.out.printf(
                    "[soak] %d groups and transactions in %d s, heap %d KiB, then %d KiB%n",
                    asked(stations), TIME.toSeconds(), before >> 10, after >> 10);
            stations.forEach(Station::close);
            assertThat(violations).isEmpty();
            assertThat(asked(stations)).isGreaterThan(askedBefore);
            assertThat(after)
                    .as("used heap at rest, a quarter of the time before: %d", before)
                    .isLessThan(before + before / 5 + HEAP_TOLERANCE);
            assertThat(core.faults().queues()).isEmpty();
        }
    }

    private static long asked(List<Station> stations) {
        return stations.stream().mapToLong(station -> station.asked.get()).sum();
    }

    /** Works for that long; returns when everything rests: no device, no group, the handler of the beginning. */
    private void run(StartedCore core, List<Station> stations, Duration time) throws Exception {
        stop.set(false);
        try (Crew crew = new Crew()) {
            for (Station station : stations) {
                for (int i = 0; i < DEVICES; i++) {
                    int number = i;
                    crew.start(() -> devices(station, number));
                }
                crew.start(() -> watch(station));
            }
            crew.start(() -> swap(core));
            crew.start(this::late);
            crew.start(() -> restart(core));
            long end = System.nanoTime() + time.toNanos();
            while (System.nanoTime() < end && violations.isEmpty()) {
                pause();
            }
            stop.set(true);
            crew.join(60);
        }
        for (Station station : stations) {
            WatchedUnit unit = station.unit;
            unit.drain();
            assertThat(unit.violations()).isEmpty();
            assertThat(violations).isEmpty();
            Awaitility.await("each group of " + station.name + " has its response")
                    .atMost(10, TimeUnit.SECONDS)
                    .until(() -> unit.answered() == unit.asked());
        }
    }

    /** One device after the other on a station. */
    private Void devices(Station station, int number) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(number);
        Domain domain = station.core.faults().allocateDomain(KIND, station.name + number, PageTable.EMPTY, false);
        while (!stop.get()) {
            SoakDevice device =
                    new SoakDevice(station.way, station.unit, "device " + number, 0x10 + number, violations);
            device.attach(station.core.faults(), domain);
            for (int asks = random.nextInt(2000); asks > 0 && !stop.get(); asks--) {
                device.ask(random);
                station.asked.incrementAndGet();
                if (random.nextInt(500) == 0) {
                    station.core.faults().attach(device.device(), SoakDevice.PASID, domain);
                }
                if (random.nextInt(700) == 0) {
                    station.unit.queue().discardPartials();
                }
            }
            if ((random.nextBoolean() || stop.get()) && !device.idle()) {
                violations.add(device.device().name() + " of " + station.name + ": a group has no response");
            }
            device.remove();
        }
        return null;
    }

    /** Reads the station's counters: none falls. */
    private Void watch(Station station) {
        Counters counters = station.unit.queue().counters();
        Map<Counter, Long> before = new EnumMap<>(Counter.class);
        long progressAt = System.nanoTime();
        long answered = 0;
        while (!stop.get()) {
            for (Counter counter : Counter.values()) {
                long now = counters.get(counter);
                Long last = before.put(counter, now);
                if (last != null && now < last) {
                    violations.add(station.name + ": " + counter + " fell from " + last + " to " + now);
                }
            }
            violations.addAll(station.unit.violations());
            if (station.unit.answered() != answered) {
                answered = station.unit.answered();
                progressAt = System.nanoTime();
            } else if (System.nanoTime() - progressAt > TimeUnit.SECONDS.toNanos(20)) {
                violations.add(station.name + ": no response for 20 s");
                return null;
            }
            pause();
        }
        return null;
    }

    /** Registers handlers above the permanent handler, and unregisters them again. */
    private Void swap(StartedCore core) {
        SplittableRandom random = new SplittableRandom(1);
        List<FaultHandler> all = handlers.all();
        List<Long> there = new ArrayList<>();
        while (!stop.get()) {
            there.add(core.serve(KIND, random.nextBoolean(), random.nextInt(10), all.get(random.nextInt(all.size()))));
            if (there.size() > 2) {
                core.leave(there.remove(random.nextInt(there.size())));
            }
            pause();
        }
        there.forEach(core::leave);
        return null;
    }

    private Void late() {
        while (!stop.get() || handlers.late()) {
            if (!handlers.late()) {
                pause();
            }
        }
        return null;
    }

    /** A fourth unit that comes and goes with its device. */
    private Void restart(StartedCore core) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(2);
        List<Way> ways = List.of(Way.values());
        Domain domain = core.faults().allocateDomain(KIND, "guest", PageTable.EMPTY, false);
        while (!stop.get()) {
            Station station = new Station(ways.get(random.nextInt(ways.size())), "soak-guest", core);
            station.open();
            SoakDevice device = new SoakDevice(station.way, station.unit, "guest", 0x20, violations);
            device.attach(core.faults(), domain);
            for (int i = 0; i < 500; i++) {
                device.ask(random);
            }
            station.close();
        }
        return null;
    }

    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }

    private static long usedHeap() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            pause();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
