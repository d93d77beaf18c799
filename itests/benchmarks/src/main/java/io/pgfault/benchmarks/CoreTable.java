// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;

/**
 * The table of the core, report to response, the naive framework beside it in one run: for each row the median of some
 * rounds of each column by turns, in nanoseconds per group and in millions of groups per second. Arguments name the
 * rows; without arguments all rows are measured.
 */
public final class CoreTable {
    private static final int ROUNDS = 5;
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final int HELD = 100_000;
    private static final int DEVICES = 1_024;
    private static final int STEP = 7_919;
    private static final int BURST = 10_000;

    private CoreTable() {}

    private static long read;

    /** Prints a line for each row. */
    public static void main(String[] args) {
        row(args, "inline-1", inline(1, 1), plainInline(1, 1));
        row(args, "inline-8", inline(8, 1), plainInline(8, 1));
        row(args, "inline-1-1024-devices", inline(1, DEVICES), plainInline(1, DEVICES));
        row(args, "held-100000", held(), plainHeld());
        row(args, "workers2-1", workers(2, 1, 1), plainWorkers(2, 1, 1));
        row(args, "workers2-8", workers(2, 8, 1), plainWorkers(2, 8, 1));
        row(args, "workers1-1", workers(1, 1, 1), plainWorkers(1, 1, 1));
        row(args, "workers2-1-1024-devices", workers(2, 1, DEVICES), plainWorkers(2, 1, DEVICES));
        System.exit(read == 42 ? 1 : 0);
    }

    /** Makes what a column measures: handles that many groups for each call, and returns how many. */
    private interface Column {
        LongUnaryOperator start();
    }

    private static void row(String[] args, String name, Column core, Column naive) {
        if (args.length > 0 && !Arrays.asList(args).contains(name)) {
            return;
        }
        LongUnaryOperator first = core.start();
        LongUnaryOperator second = naive.start();
        double[] ours = new double[ROUNDS];
        double[] theirs = new double[ROUNDS];
        round(first);
        round(second);
        round(first);
        round(second);
        for (int i = 0; i < ROUNDS; i++) {
            ours[i] = round(first);
            theirs[i] = round(second);
        }
        Arrays.sort(ours);
        Arrays.sort(theirs);
        double median = ours[ROUNDS / 2];
        double other = theirs[ROUNDS / 2];
        System.out.printf(
                "%-26s core %7.1f ns (%6.1f to %6.1f) %6.2f M/s   naive %7.1f ns %6.2f M/s   ratio %.2f%n",
                name, median, ours[0], ours[ROUNDS - 1], 1_000 / median, other, 1_000 / other, other / median);
    }

    private static double round(LongUnaryOperator work) {
        long start = System.nanoTime();
        long groups = 0;
        long now;
        do {
            groups += work.applyAsLong(groups);
            now = System.nanoTime();
        } while (now - start < ROUND_NANOS);
        return (now - start) / (double) groups;
    }

    // One thread

    private static Column inline(int size, int devices) {
        return () -> {
            MeasuredCore core = new MeasuredCore(0, 16, true, group -> {
                for (int i = 0; i < group.size(); i++) {
                    read += group.address(i) + group.permissions(i);
                }
                group.respond(ResponseCode.SUCCESS);
                return Disposition.TAKEN;
            });
            Device[] all = devices(core, devices, new MeasuredCore.Sink());
            return done -> {
                int device = (int) done;
                for (int group = 0; group < BURST; group++) {
                    device = (device + STEP) & (devices - 1);
                    core.report(all[device], group & 511, size);
                }
                return BURST;
            };
        };
    }

    private static Device[] devices(MeasuredCore core, int count, IommuDriver driver) {
        Device[] all = new Device[count];
        Arrays.setAll(all, i -> core.device(driver, "d" + i, i));
        return all;
    }

    private static void report(ListScanningFramework.Device device, int group, int size) {
        for (int i = 1; i < size; i++) {
            device.report(MeasuredCore.PASID, group, 1, (long) i << 12, false);
        }
        device.report(MeasuredCore.PASID, group, 1, (long) size << 12, true);
    }

    private static Column plainInline(int size, int devices) {
        return () -> {
            ListScanningFramework.Device[] all = new ListScanningFramework.Device[devices];
            Arrays.setAll(all, i -> {
                ListScanningFramework.Device device = new ListScanningFramework.Device(
                        (from, pasid, groupId, code) -> read += pasid + groupId + code);
                device.attach(MeasuredCore.PASID, group -> {
                    read += group.read();
                    group.respond(0);
                });
                return device;
            });
            return done -> {
                int device = (int) done;
                for (int group = 0; group < BURST; group++) {
                    device = (device + STEP) & (devices - 1);
                    report(all[device], group & 511, size);
                }
                return BURST;
            };
        };
    }

    /** An order without pattern. */
    private static int[] order() {
        int[] order = new int[HELD];
        Arrays.setAll(order, i -> i);
        Random random = new Random(1);
        for (int i = HELD - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        return order;
    }

    private static Column held() {
        return () -> {
            FaultGroup[] groups = new FaultGroup[HELD];
            int[] next = {0};
            MeasuredCore core = new MeasuredCore(0, 16, true, group -> {
                groups[next[0]] = group;
                return Disposition.TAKEN;
            });
            Device device = core.device(new MeasuredCore.Sink(), "d", 1);
            for (next[0] = 0; next[0] < HELD; next[0]++) {
                core.report(device, next[0], 1);
            }
            int[] order = order();
            return done -> {
                for (int i = 0; i < BURST; i++) {
                    next[0] = order[(int) ((done + i) % HELD)];
                    groups[next[0]].respond(ResponseCode.SUCCESS);
                    core.report(device, next[0], 1);
                }
                return BURST;
            };
        };
    }

    private static Column plainHeld() {
        return () -> {
            ListScanningFramework.Group[] groups = new ListScanningFramework.Group[HELD];
            int[] next = {0};
            ListScanningFramework.Device device =
                    new ListScanningFramework.Device((from, pasid, groupId, code) -> read += pasid + groupId + code);
            device.attach(MeasuredCore.PASID, group -> groups[next[0]] = group);
            for (next[0] = 0; next[0] < HELD; next[0]++) {
                report(device, next[0], 1);
            }
            int[] order = order();
            return done -> {
                for (int i = 0; i < BURST; i++) {
                    next[0] = order[(int) ((done + i) % HELD)];
                    groups[next[0]].respond(0);
                    report(device, next[0], 1);
                }
                return BURST;
            };
        };
    }

    // Workers

    private static Column workers(int workers, int size, int devices) {
        return () -> {
            AtomicLong responses = new AtomicLong();
            MeasuredCore core = new MeasuredCore(workers, BURST, false, group -> {
                group.respond(ResponseCode.SUCCESS);
                return Disposition.TAKEN;
            });
            Device[] all = devices(
                    core, devices, (to, pasid, groupId, private0, private1, code) -> responses.incrementAndGet());
            return done -> {
                long end = responses.get() + BURST;
                int device = 0;
                for (int group = 0; group < BURST; group++) {
                    device = (device + STEP) & (devices - 1);
                    core.report(all[device], group & 511, size);
                }
                core.endSlice();
                await(responses, end);
                return BURST;
            };
        };
    }

    private static Column plainWorkers(int workers, int size, int devices) {
        return () -> {
            AtomicLong responses = new AtomicLong();
            ThreadPoolExecutor pool =
                    new ThreadPoolExecutor(workers, workers, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
            ListScanningFramework.Device[] all = new ListScanningFramework.Device[devices];
            Arrays.setAll(all, i -> {
                ListScanningFramework.Device device =
                        new ListScanningFramework.Device((from, pasid, groupId, code) -> responses.incrementAndGet());
                device.attach(MeasuredCore.PASID, group -> pool.execute(() -> group.respond(0)));
                return device;
            });
            return done -> {
                long end = responses.get() + BURST;
                int device = 0;
                for (int group = 0; group < BURST; group++) {
                    device = (device + STEP) & (devices - 1);
                    report(all[device], group & 511, size);
                }
                await(responses, end);
                return BURST;
            };
        };
    }

    private static void await(AtomicLong responses, long end) {
        while (responses.get() < end) {
            Thread.onSpinWait();
        }
    }
}
