// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import java.util.List;

/**
 * Two VT-d units of one core, each with a thread of its own that writes descriptors and processes them, against one
 * alone. In elapsed time, the best of some rounds that take turns; needs two processors that do nothing else.
 */
public final class TwoUnits {
    private static final int ROUNDS = 16;
    private static final int BATCHES = 20_000;

    private TwoUnits() {}

    /** Prints groups per second of one and of two, and how they compare. */
    public static void main(String[] args) throws InterruptedException {
        try (MeasuredCore measured = new MeasuredCore(0, 16, true, group -> {
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        })) {
            List<MeasuredRing> rings = List.of(ring(measured, "dmar0"), ring(measured, "dmar1"));
            double one = 0;
            double two = 0;
            for (int round = 0; round < ROUNDS; round++) {
                one = Math.max(one, groupsPerSecond(rings.subList(0, 1)));
                two = Math.max(two, groupsPerSecond(rings));
            }
            System.out.printf(
                    "one unit %.2f M groups/s, two units %.2f M groups/s: %.2f times%n",
                    one / 1e6, two / 1e6, two / one);
        }
    }

    private static MeasuredRing ring(MeasuredCore measured, String unit) {
        MeasuredRing ring = new MeasuredRing(measured.faults(), MeasuredCore.PASID, unit);
        measured.serve(ring.device());
        return ring;
    }

    private static double groupsPerSecond(List<MeasuredRing> rings) throws InterruptedException {
        List<Thread> threads =
                rings.stream().map(ring -> new Thread(() -> work(ring))).toList();
        long start = System.nanoTime();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        double groups = (double) BATCHES * RingBenchmark.GROUPS * rings.size();
        return groups * 1e9 / (System.nanoTime() - start);
    }

    private static void work(MeasuredRing ring) {
        for (int i = 0; i < BATCHES; i++) {
            ring.write(RingBenchmark.GROUPS, 1);
            ring.pass();
        }
    }
}
