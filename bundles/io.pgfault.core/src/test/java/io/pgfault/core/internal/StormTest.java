// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.core.internal.device.FaultParam;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Everything at once, on many threads and with the real clock: reports, answers from elsewhere, handlers that come and
 * go, devices that are removed, detached and flushed. Which thread wins is open; what must hold in each case is
 * checked: one response for each group, counts that add up, and what removing, detaching and flushing promise when they
 * return.
 */
class StormTest {
    private static final int DEVICES = 3;
    private static final int GROUPS = Boolean.getBoolean("soak") ? 300_000 : 100_000;
    private static final int PASID = 7;
    private static final String KIND = "test";

    private final Settings settings = new Settings(
            Duration.ofSeconds(2).toNanos(),
            Duration.ofMillis(5).toNanos(),
            Duration.ofMillis(5).toNanos(),
            64,
            64,
            256,
            512,
            2,
            128);
    private final IoPageFaultCore core = new IoPageFaultCore(settings, System::nanoTime);
    private final FaultQueue queue = core.allocate("u");
    /** Responses that the core refused. Every responding thread adds. */
    private final AtomicLong refused = new AtomicLong();
    /**
     * Calls of execute whose work has not run: the workers had no room, or the handler had lost the group (rule R08).
     */
    private final AtomicLong notRun = new AtomicLong();

    private final BlockingQueue<FaultGroup> elsewhere = new LinkedBlockingQueue<>();
    private final List<Victim> victims = new ArrayList<>();
    private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean over;

    /** A device, the groups it reported, and the responses that it got. */
    private final class Victim {
        /** By number of the group. */
        final AtomicIntegerArray responses = new AtomicIntegerArray(GROUPS);

        final Domain domain;
        final Device device;
        volatile int reported;
        int checked;
        long requests;

        Victim(int id) {
            domain = core.allocateDomain(KIND, "p" + id, PageTable.EMPTY, false);
            device = core.probe(
                    (device, pasid, groupId, private0, private1, code) -> responses.incrementAndGet((int) private0),
                    "u",
                    "d" + id,
                    id);
            queue.add(device);
            core.attach(device, PASID, domain);
        }

        void fault(long seed) {
            Random random = new Random(seed);
            for (int i = 0; i < GROUPS; i++) {
                int partials = random.nextInt(8) == 0 ? random.nextInt(4) : 0;
                for (int p = 0; p < partials; p++) {
                    core.report(device, request(0, i, p));
                }
                core.report(device, request(PageRequest.LAST_PAGE, i, 0));
                requests += partials + 1;
                reported = i + 1;
            }
        }

        private PageRequest request(int flags, int group, int page) {
            return new PageRequest(
                    flags | PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID,
                    PASID,
                    group & 511,
                    1,
                    page * 4096L,
                    group,
                    0);
        }

        /** Runs what promises to answer all groups closed before. */
        void promise(String what, Attempt attempt) throws Exception {
            int before = reported;
            attempt.run();
            for (int i = checked; i < before; i++) {
                if (responses.get(i) != 1) {
                    assertThat(responses.get(i))
                            .as("responses for group " + i + " when " + what + " has returned")
                            .isEqualTo(1);
                }
            }
            checked = before;
        }
    }

    /** Something that may fail. */
    private interface Attempt {
        void run() throws Exception;
    }

    @Test
    @Timeout(120)
    void c09_c12_c13_c19_oneResponseForEachGroupAndPromisesKept() throws Exception {
        long seed = System.nanoTime();
        for (int i = 0; i < DEVICES; i++) {
            victims.add(new Victim(i));
        }
        core.startTimer();
        List<Thread> reporters = new ArrayList<>();
        for (Victim victim : victims) {
            reporters.add(start(() -> victim.fault(seed + victims.indexOf(victim))));
        }
        List<Thread> others = List.of(
                start(this::answer), start(() -> swap(new Random(seed))), start(() -> disturb(new Random(seed + 100))));
        for (Thread thread : reporters) {
            thread.join();
        }
        over = true;
        for (Thread thread : others) {
            thread.join();
        }
        core.close();
        elsewhere.forEach(this::respondLate);

        assertThat(failures).as("seed " + seed).isEmpty();
        for (Victim victim : victims) {
            for (int i = 0; i < GROUPS; i++) {
                if (victim.responses.get(i) != 1) {
                    assertThat(victim.responses.get(i))
                            .as("responses for group " + i)
                            .isEqualTo(1);
                }
            }
            assertThat(victim.device.counters().get(Counter.REQUESTS)).isEqualTo(victim.requests);
            assertThat(victim.device.counters().get(Counter.GROUPS)).isEqualTo(GROUPS);
            assertThat(responses(victim.device)).isEqualTo(GROUPS);
            assertThat(leftOver(victim.device)).as("still pending").isZero();
        }
        assertThat(queue.latency().count()).isLessThanOrEqualTo((long) DEVICES * GROUPS);
        // The core also counts an execute of a handler that has lost the group (rule R08).
        assertThat(queue.counters().get(Counter.REFUSED)).isBetween(refused.get(), refused.get() + notRun.get());
        for (Counter counter : Counter.values()) {
            assertThat(victims.stream()
                            .mapToLong(v -> v.device.counters().get(counter))
                            .sum())
                    .as(counter + " of the unit")
                    .isEqualTo(queue.counters().get(counter));
        }
    }

    /** The number of the device's groups that are not answered. */
    private static long leftOver(Device device) {
        return FaultParam.of(device).waitsFor();
    }

    private static long responses(Device device) {
        return device.counters().get(Counter.SUCCESS)
                + device.counters().get(Counter.INVALID)
                + device.counters().get(Counter.FAILURE);
    }

    private Thread start(Attempt attempt) {
        Thread thread = new Thread(() -> {
            try {
                attempt.run();
            } catch (Throwable e) {
                failures.add(e);
            }
        });
        thread.start();
        return thread;
    }

    /** Answers from another thread, some groups twice. */
    private void answer() throws InterruptedException {
        while (!over) {
            FaultGroup group = elsewhere.poll(1, TimeUnit.MILLISECONDS);
            if (group != null) {
                respondLate(group);
                if (group.id() % 16 == 0) {
                    respondLate(group);
                }
            }
        }
    }

    private void respondLate(FaultGroup group) {
        if (!group.respond(ResponseCode.SUCCESS)) {
            refused.incrementAndGet();
        }
    }

    private FaultHandler handler(int salt) {
        return group -> {
            switch ((group.id() + salt) % 8) {
                case 0 -> {
                    return Disposition.DECLINED;
                }
                case 1, 2, 3 -> elsewhere.add(group);
                case 4 -> {
                    notRun.incrementAndGet();
                    group.execute(() -> {
                        notRun.decrementAndGet();
                        respondLate(group);
                    });
                }
                default -> respondLate(group);
            }
            return Disposition.TAKEN;
        };
    }

    private void swap(Random random) {
        while (!over) {
            int service = random.nextInt(3);
            if (random.nextBoolean()) {
                core.addHandler(handler(service), service, random.nextInt(4), random.nextBoolean(), Set.of(KIND));
            } else {
                core.removeHandler(service);
            }
            LockSupport.parkNanos(200_000);
        }
    }

    private void disturb(Random random) throws Exception {
        while (!over) {
            Victim victim = victims.get(random.nextInt(DEVICES));
            switch (random.nextInt(4)) {
                case 0 -> {
                    victim.promise("remove", () -> queue.remove(victim.device));
                    queue.add(victim.device);
                }
                case 1 -> {
                    victim.promise("detach", () -> core.detach(victim.device, PASID));
                    core.attach(victim.device, PASID, victim.domain);
                }
                case 2 -> victim.promise("attach", () -> core.attach(victim.device, PASID, victim.domain));
                default -> victim.promise("flush", () -> queue.flush(victim.device));
            }
        }
    }
}
