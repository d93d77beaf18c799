// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.LongSupplier;

/**
 * The benchmarks that have one thread, measured in processor time instead of elapsed time: the best of some rounds, in
 * nanoseconds per group. For a machine that others use at the same time, where elapsed time says nothing. The argument
 * is one of {@code inline}, {@code ring}, {@code outstanding}, {@code devices}; each in a JVM of its own.
 */
public final class CpuPerGroup {
    private static final int ROUNDS = 16;
    private static final int REQUESTS_PER_ROUND = 2_000_000;
    private static final int[] SIZES = {1, 8, 32};
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private CpuPerGroup() {}

    /** Prints a line for each parameter. */
    public static void main(String[] args) {
        switch (args.length == 1 ? args[0] : "") {
            case "inline" -> inline();
            case "ring" -> ring();
            case "outstanding" -> outstanding();
            case "devices" -> devices();
            default -> System.err.println("which? inline, ring, outstanding or devices");
        }
    }

    private static void inline() {
        for (int size : SIZES) {
            InlineBenchmark benchmark = new InlineBenchmark();
            benchmark.groupSize = size;
            benchmark.setup();
            print("core, groups of " + size, size, 1, () -> benchmark.core().hashCode());
            print("yardstick, groups of " + size, size, 1, benchmark::yardstick);
            benchmark.stop();
        }
    }

    private static void ring() {
        for (int size : SIZES) {
            RingBenchmark benchmark = new RingBenchmark();
            benchmark.groupSize = size;
            benchmark.setup();
            print("core, groups of " + size, size, RingBenchmark.GROUPS, benchmark::core);
            print("yardstick, groups of " + size, size, RingBenchmark.GROUPS, benchmark::yardstick);
            benchmark.stop();
        }
    }

    private static void outstanding() {
        for (int outstanding : new int[] {1, 100, 10_000, 100_000}) {
            ScaleBenchmark.Outstanding state = new ScaleBenchmark.Outstanding();
            state.outstanding = outstanding;
            state.setup();
            ScaleBenchmark benchmark = new ScaleBenchmark();
            print(outstanding + " groups outstanding", 1, 1, () -> benchmark
                    .outstanding(state)
                    .hashCode());
            state.stop();
        }
    }

    private static void devices() {
        for (int devices : new int[] {1, 64, 1_024, 4_096}) {
            ScaleBenchmark.Devices state = new ScaleBenchmark.Devices();
            state.devices = devices;
            state.setup();
            ScaleBenchmark benchmark = new ScaleBenchmark();
            print(devices + " devices", 1, 1, () -> benchmark.devices(state).hashCode());
            state.stop();
        }
    }

    /** @param groups how many groups one call of {@code work} handles */
    private static void print(String what, int size, int groups, LongSupplier work) {
        int calls = REQUESTS_PER_ROUND / size / groups;
        double best = Double.MAX_VALUE;
        long sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long start = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < calls; i++) {
                sum += work.getAsLong();
            }
            best = Math.min(best, (THREADS.getCurrentThreadCpuTime() - start) / (double) calls / groups);
        }
        System.out.printf(
                "%-28s %8.1f ns/group %8.2f M groups/s %8.2f M requests/s%s%n",
                what, best, 1_000 / best, 1_000 / best * size, sum == 0 ? " (nothing done)" : "");
    }
}
