// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.bind.SvaHandler;
import io.pgfault.sva.internal.bind.SvaService;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.vtd.internal.IommuUnit;
import java.time.Duration;
import java.util.Locale;

/**
 * What a translation request of a device costs a VT-d unit, ns each: of pages that the unit has cached, and of so many
 * pages that the unit walks the page table. Not a test: run {@code main} on an idle machine. Each figure is the best of
 * several rounds, in which the formats take turns, after warming up. A unit walks the bytes of an x86-64 table; a table
 * of another architecture is an object to the unit.
 */
final class TranslationSpeed {
    private static final int ROUNDS = 15;
    private static final int PAGES = 65_536;
    private static final int FEW = 64;
    private static final int REQUESTS = 1 << 19;
    private static final long AT = 0x7000_0000_0000L;
    private static final int READ_WRITE = Permissions.READ | Permissions.WRITE;
    private static final TableFormat[] FORMATS = {TableFormat.X86_FOUR_LEVELS, TableFormat.AARCH64_FOUR_LEVELS};

    private TranslationSpeed() {}

    public static void main(String[] arguments) throws Exception {
        long[][] best = new long[FORMATS.length][2];
        long sink = 0;
        try (StartedCore core = new StartedCore(Duration.ofSeconds(30))) {
            core.serve(Sva.DOMAIN_KIND, true, new SvaHandler());
            SystemMemory memory = new SystemMemory(3 * PAGES);
            Sva sva = new SvaService(core.faults(), memory);
            IommuUnit unit = new IommuUnit(core.faults(), "dmar0", 0, false);
            unit.start(() -> {});
            Upstream[] devices = new Upstream[FORMATS.length];
            Binding[] bindings = new Binding[FORMATS.length];
            for (int i = 0; i < FORMATS.length; i++) {
                AddressSpace space = sva.create("space" + i, FORMATS[i]);
                space.mmap(AT, (long) PAGES << Translation.PAGE_SHIFT, READ_WRITE, false);
                for (int page = 0; page < PAGES; page++) {
                    if (space.populate(AT + ((long) page << Translation.PAGE_SHIFT), Permissions.WRITE)
                            != ResponseCode.SUCCESS) {
                        throw new AssertionError("page " + page);
                    }
                }
                devices[i] = unit.connect("d" + i, 0x100 + i, new Silent());
                bindings[i] = sva.bind(devices[i].device(), space);
            }
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < FORMATS.length; i++) {
                    for (int row = 0; row < 2; row++) {
                        long start = System.nanoTime();
                        sink += translate(devices[i], bindings[i].pasid(), row == 0 ? FEW : PAGES);
                        long nanos = System.nanoTime() - start;
                        best[i][row] = round == 0 ? nanos : Math.min(best[i][row], nanos);
                    }
                }
            }
            for (int i = 0; i < FORMATS.length; i++) {
                bindings[i].close();
                devices[i].close();
            }
            unit.stop();
        }
        for (int i = 0; i < FORMATS.length; i++) {
            System.out.printf(
                    Locale.ROOT,
                    "%-20s cached %6.1f   walked %6.1f   ns%s%n",
                    FORMATS[i],
                    (double) best[i][0] / REQUESTS,
                    (double) best[i][1] / REQUESTS,
                    sink == 1 ? "." : "");
        }
    }

    private static long translate(Upstream device, int pasid, int pages) {
        long sum = 0;
        for (int i = 0; i < REQUESTS; i++) {
            int page = i * 7_919 & (pages - 1);
            long translation = device.translate(pasid, AT + ((long) page << Translation.PAGE_SHIFT));
            if (translation == Translation.NONE) {
                throw new AssertionError("page " + page);
            }
            sum += translation;
        }
        return sum;
    }

    /** A device that caches nothing. */
    private static final class Silent implements Downstream {
        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            throw new IllegalStateException("asked for nothing");
        }

        @Override
        public void resume(int transaction, boolean retry) {
            throw new IllegalStateException("asked for nothing");
        }

        @Override
        public void invalidate(int pasid, long first, long last) {
            // Caches nothing.
        }

        @Override
        public void disconnected() {
            // Asks for nothing more.
        }
    }
}
