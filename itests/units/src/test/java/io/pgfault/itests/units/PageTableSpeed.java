// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.sva.internal.space.ProcessAddressSpace;
import io.pgfault.sva.internal.space.RootedAddressSpace;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What a page table in page frames costs beside a page table of objects, in one run. Not a test: run {@code main} on an
 * idle machine. Each figure is the best of several rounds, in which the kinds take turns, after warming up.
 */
final class PageTableSpeed {
    private static final int ROUNDS = 15;
    private static final int PAGES = 16_384;
    private static final int WALKS = 1 << 20;
    private static final long AT = 0x7000_0000_0000L;
    private static final int READ_WRITE = Permissions.READ | Permissions.WRITE;
    private static final String[] ROWS = {"first touch", "resident", "walk", "fork and exit", "munmap"};

    private final SystemMemory memory = new SystemMemory(3 * PAGES);
    private long sink;

    private PageTableSpeed() {}

    public static void main(String[] arguments) {
        new PageTableSpeed().measure();
    }

    private void measure() {
        List<Function<String, AddressSpace>> kinds = List.of(
                name -> new ProcessAddressSpace(name, List.of(), memory),
                name -> new RootedAddressSpace(name, TableFormat.X86_FOUR_LEVELS, memory),
                name -> new RootedAddressSpace(name, TableFormat.AARCH64_FOUR_LEVELS, memory));
        long[][] best = new long[kinds.size()][ROWS.length];
        for (int round = 0; round < ROUNDS; round++) {
            for (int kind = 0; kind < kinds.size(); kind++) {
                long[] nanos = round(kinds.get(kind).apply("space"));
                for (int row = 0; row < ROWS.length; row++) {
                    best[kind][row] = round == 0 ? nanos[row] : Math.min(best[kind][row], nanos[row]);
                }
            }
        }
        System.out.printf(Locale.ROOT, "%-16s %10s %10s %10s   ns for a page%n", "", "objects", "x86-64", "AArch64");
        for (int row = 0; row < ROWS.length; row++) {
            int count = row == 2 ? WALKS : PAGES;
            System.out.printf(Locale.ROOT, "%-16s", ROWS[row]);
            for (long[] nanos : best) {
                System.out.printf(Locale.ROOT, " %10.1f", (double) nanos[row] / count);
            }
            System.out.println();
        }
        System.out.println("tables of one page: " + tables(1) + " frames; of 1,000 pages 1 GiB apart: " + tables(1000)
                + (sink == 1 ? "." : ""));
    }

    private long[] round(AddressSpace space) {
        space.mmap(AT, (long) PAGES << Translation.PAGE_SHIFT, READ_WRITE, false);
        long[] at = new long[ROWS.length + 1];
        at[0] = System.nanoTime();
        populate(space);
        at[1] = System.nanoTime();
        populate(space);
        at[2] = System.nanoTime();
        for (int i = 0; i < WALKS; i++) {
            int page = i * 7_919 & (PAGES - 1);
            sink += space.walk(AT + ((long) page << Translation.PAGE_SHIFT));
        }
        at[3] = System.nanoTime();
        space.fork("child").close();
        at[4] = System.nanoTime();
        space.munmap(AT, (long) PAGES << Translation.PAGE_SHIFT);
        at[5] = System.nanoTime();
        space.close();
        long[] nanos = new long[ROWS.length];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = at[i + 1] - at[i];
        }
        return nanos;
    }

    private static void populate(AddressSpace space) {
        for (int i = 0; i < PAGES; i++) {
            if (space.populate(AT + ((long) i << Translation.PAGE_SHIFT), Permissions.WRITE) != ResponseCode.SUCCESS) {
                throw new AssertionError("page " + i);
            }
        }
    }

    private int tables(int pages) {
        try (AddressSpace space = new RootedAddressSpace("sparse", TableFormat.X86_FOUR_LEVELS, memory)) {
            for (long i = 0; i < pages; i++) {
                space.mmap(i << 30, Translation.PAGE_SIZE, READ_WRITE, false);
                space.populate(i << 30, Permissions.READ);
            }
            return memory.pageFrames().tables();
        }
    }
}
