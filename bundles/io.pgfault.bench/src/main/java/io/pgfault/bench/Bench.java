// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Devices that load a target, from construction to {@link #close}. One thread calls all methods; that thread sends the
 * requests of all devices.
 *
 * <p>{@link #throughput} is closed loop: a device asks again as soon as a group is answered. {@link #latency} is open
 * loop: the devices ask for groups on schedule, however late earlier groups are answered.
 */
public final class Bench implements AutoCloseable {
    private static final int FIRST_PASID = 1_000;
    private static final int SPINS = 256;
    private static final int YIELDS = 4_096;
    private static final long PAUSE_NANOS = 20_000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** How long a target's count of groups may lag behind the responses. */
    private static final long LAG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int SIGNIFICANT_DIGITS = 3;

    private final Load load;
    private final Target target;
    private final Histogram latency = new Histogram(SIGNIFICANT_DIGITS);
    private final List<LoadDevice> devices = new ArrayList<>();

    /**
     * Connects the devices.
     *
     * @param room how many requests the target's queue holds; if the load may have at least half as many out, each
     *     device waits for room before it asks
     */
    public Bench(Load load, Target target, long room) {
        this(load, target, room, false);
    }

    private Bench(Load load, Target target, long room, boolean timed) {
        this.load = load;
        this.target = target;
        // The driver frees room at the end of a pass, and devices whose groups are answered ask again before that.
        boolean crowded = 2 * load.requests() >= room;
        boolean connected = false;
        try {
            for (int i = 0; i < load.devices(); i++) {
                LoadDevice device = new LoadDevice(load, FIRST_PASID, timed ? latency : null);
                device.connect(target, i, crowded);
                devices.add(device);
            }
            connected = true;
        } finally {
            if (!connected) {
                close();
            }
        }
    }

    /** As the constructor, for {@link #latency}: the devices take the time of every response. */
    public static Bench timed(Load load, Target target, long room) {
        return new Bench(load, target, room, true);
    }

    /**
     * Asks for groups as fast as the groups are answered.
     *
     * @param nanos how long the devices ask, in nanoseconds; the call ends when the last group is answered
     * @throws IllegalStateException if a group is not answered
     */
    public Measured.Throughput throughput(long nanos) throws InterruptedException {
        Counts before = counts();
        ProcessUse useBefore = ProcessUse.now();
        long start = System.nanoTime();
        int idle = 0;
        while (System.nanoTime() - start < nanos) {
            boolean asked = false;
            for (int d = 0; d < devices.size(); d++) {
                LoadDevice device = devices.get(d);
                for (int i = 0; i < Load.GROUPS_PER_PASID && device.ask(start); i++) {
                    asked = true;
                }
            }
            idle = asked ? 0 : pause(idle);
        }
        awaitQuiet();
        long elapsed = System.nanoTime() - start;
        ProcessUse useAfter = ProcessUse.now();
        Counts counted = awaitCounts(before);
        return new Measured.Throughput(
                counted.groups(),
                counted.groups() * load.groupSize(),
                counted.hits(),
                counted.uncounted(),
                counted.refused(),
                elapsed,
                useAfter.allocatedBytes() - useBefore.allocatedBytes(),
                useAfter.cpuNanos() - useBefore.cpuNanos());
    }

    /**
     * The devices' counts beside the target's.
     *
     * @param uncounted groups of the devices less groups of the target
     */
    private record Counts(long groups, long hits, long refused, long uncounted) {
        Counts minus(Counts before) {
            return new Counts(
                    groups - before.groups, hits - before.hits, refused - before.refused, uncounted - before.uncounted);
        }
    }

    private Counts counts() {
        long groups = 0;
        long hits = 0;
        long refused = 0;
        for (LoadDevice device : devices) {
            groups += device.groups();
            hits += device.hits();
            refused += device.refused();
        }
        return new Counts(groups, hits, refused, groups - target.groups().orElse(groups));
    }

    /** What has been counted since {@code before}. Gives a target whose count lags behind a moment to catch up. */
    private Counts awaitCounts(Counts before) throws InterruptedException {
        long start = System.nanoTime();
        Counts counted = counts().minus(before);
        for (int idle = 0; counted.uncounted() != 0 && System.nanoTime() - start < LAG_NANOS; ) {
            idle = pause(idle);
            counted = counts().minus(before);
        }
        return counted;
    }

    /**
     * Asks for groups on schedule. The bench must be {@link #timed}.
     *
     * @param groupsPerSecond how many groups are due in a second, of all devices together; positive
     * @param nanos for how long groups are due, in nanoseconds
     * @throws IllegalStateException if a group is not answered
     */
    @SuppressWarnings("ThreadPriorityCheck") // the yield is a hint only
    public Measured.Latency latency(double groupsPerSecond, long nanos) throws InterruptedException {
        latency.reset();
        Histogram late = new Histogram(SIGNIFICANT_DIGITS);
        double interval = 1e9 / groupsPerSecond;
        long start = System.nanoTime();
        long asked = 0;
        for (long due = start; due - start < nanos; due = start + (long) (asked * interval)) {
            long now = System.nanoTime();
            while (now - due < 0) {
                // The threads that answer may need this processor.
                Thread.yield();
                now = System.nanoTime();
            }
            late.recordValue(now - due);
            LoadDevice device = devices.get((int) (asked % devices.size()));
            int idle = 0;
            while (!device.ask(due)) {
                idle = pause(idle);
            }
            asked++;
        }
        awaitQuiet();
        devices.forEach(LoadDevice::recordRest);
        return new Measured.Latency(groupsPerSecond, latency.copy(), late);
    }

    @SuppressWarnings("ThreadPriorityCheck") // the yield is a hint only
    private static int pause(int idle) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (idle < SPINS) {
            Thread.onSpinWait();
        } else if (idle < YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return idle + 1;
    }

    private void awaitQuiet() throws InterruptedException {
        long start = System.nanoTime();
        for (LoadDevice device : devices) {
            int idle = 0;
            while (!device.isQuiet()) {
                if (System.nanoTime() - start > PATIENCE_NANOS) {
                    throw new IllegalStateException(
                            "groups are not answered within 30 s; see the log of the unit and the core");
                }
                idle = pause(idle);
            }
        }
    }

    /** Disconnects the devices. */
    @Override
    public void close() {
        devices.forEach(LoadDevice::disconnect);
        devices.clear();
    }
}
