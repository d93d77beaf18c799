// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.bind.SvaHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How fast memory is populated, translated and moved, each beside what it is measured against, in one run. Not a test:
 * run {@code main} on an idle machine. Every line is the best of several rounds after warming up.
 */
final class SvaSpeed {
    private static final int ROUNDS = 12;
    private static final int MIB = 1 << 20;
    private static final int BYTES = 128 * MIB;
    private static final int PAGES = BYTES / Translation.PAGE_SIZE;
    private static final long AT = 0x7000_0000_0000L;
    private static final long TO = 0x7100_0000_0000L;
    private static final int READ_WRITE = Permissions.READ | Permissions.WRITE;

    private SvaSpeed() {}

    private interface Work {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        for (Way way : List.of(Way.VTD_PRI, Way.SMMUV3_PRI, Way.SMMUV3_STALL)) {
            System.out.println(way);
            measure(way);
        }
    }

    private static void measure(Way way) throws Exception {
        try (StartedCore core = new StartedCore(Duration.ofSeconds(30));
                RunningUnit unit = way.open(core.faults(), "unit")) {
            core.serve(Sva.DOMAIN_KIND, true, new SvaHandler());
            Memory memory = Memory.of(core.faults(), 3 * PAGES);
            AddressSpace space = memory.sva().create("process", way.format());
            try (TestDevice device = way.device(unit.unit(), "dma", 1);
                    Binding binding = memory.sva().bind(device.device(), space)) {
                device.startDma(memory.physical(), binding.pasid(), 1, way == Way.SMMUV3_STALL ? 1 : 16);
                resolution(memory.sva());
                firstTouch(space);
                hit(device, binding.pasid(), space);
                copy(device, space);
            }
        }
    }

    private static long best(Work work) throws Exception {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            work.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }

    /** Pages that need no filling: recorded pages, and pages that are present. */
    private static void resolution(Sva sva) throws Exception {
        long fresh = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            AddressSpace space = sva.create("recorded", List.of(new Area(AT, AT + BYTES - 1, READ_WRITE, true, 0, "")));
            long start = System.nanoTime();
            populate(space);
            fresh = Math.min(fresh, System.nanoTime() - start);
            space.close();
        }
        rate("resolution of pages without memory", fresh);
        AddressSpace space = sva.create("present", List.of(new Area(AT, AT + BYTES - 1, READ_WRITE, true, 0, "")));
        rate("resolution of pages that are there", best(() -> populate(space)));
        space.close();
    }

    private static void populate(AddressSpace space) {
        for (int i = 0; i < PAGES; i++) {
            if (space.populate(AT + ((long) i << Translation.PAGE_SHIFT), Permissions.WRITE) != ResponseCode.SUCCESS) {
                throw new AssertionError("page " + i);
            }
        }
    }

    private static void firstTouch(AddressSpace space) throws Exception {
        byte[] bytes = new byte[BYTES];
        long fill = best(() -> Arrays.fill(bytes, (byte) 0));
        long touch = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            space.mmap(AT, BYTES, READ_WRITE, false);
            long start = System.nanoTime();
            populate(space);
            touch = Math.min(touch, System.nanoTime() - start);
            space.munmap(AT, BYTES);
        }
        beside("first touch of anonymous memory", touch, "Arrays.fill", fill);
    }

    private static void hit(TestDevice device, int pasid, AddressSpace space) throws Exception {
        space.mmap(AT, BYTES, READ_WRITE, false);
        int accesses = 4_000_000;
        long nanos = best(() -> {
            for (int i = 0; i < accesses; i++) {
                device.access(
                        pasid, AT + ((long) (i & 31) << Translation.PAGE_SHIFT), Permissions.WRITE, translation -> {});
            }
        });
        System.out.printf(Locale.ROOT, "  %-40s %8.1f ns%n", "access whose page is there", (double) nanos / accesses);
        space.munmap(AT, BYTES);
    }

    private static void copy(TestDevice device, AddressSpace space) throws Exception {
        byte[] from = new byte[BYTES];
        byte[] to = new byte[BYTES];
        long plain = best(() -> System.arraycopy(from, 0, to, 0, BYTES));
        space.mmap(AT, BYTES, READ_WRITE, false);
        space.mmap(TO, BYTES, READ_WRITE, false);
        run(device, Descriptor.fill(AT, BYTES, 1));
        run(device, Descriptor.fill(TO, BYTES, 2));
        List<Descriptor> pieces = new ArrayList<>();
        for (long at = 0; at < BYTES; at += MIB) {
            pieces.add(Descriptor.copy(AT + at, TO + at, MIB));
        }
        long resident = best(() -> run(device, pieces.toArray(Descriptor[]::new)));
        beside("DMA copy of resident bytes", resident, "System.arraycopy", plain);
        space.munmap(AT, BYTES);
        space.munmap(TO, BYTES);
    }

    private static void run(TestDevice device, Descriptor... batch) throws InterruptedException {
        for (Completion completion : device.execute(List.of(batch))) {
            if (completion.status() != Completion.Status.SUCCESS) {
                throw new AssertionError(completion);
            }
        }
    }

    private static void rate(String what, long nanos) {
        System.out.printf(Locale.ROOT, "  %-40s %8.1f M/s%n", what, PAGES * 1e3 / nanos);
    }

    private static void beside(String what, long nanos, String yardstick, long yardstickNanos) {
        System.out.printf(
                Locale.ROOT,
                "  %-40s %8.0f MiB/s, %s %.0f MiB/s: %.2f of it%n",
                what,
                BYTES * 1e9 / MIB / nanos,
                yardstick,
                BYTES * 1e9 / MIB / yardstickNanos,
                (double) yardstickNanos / nanos);
    }
}
