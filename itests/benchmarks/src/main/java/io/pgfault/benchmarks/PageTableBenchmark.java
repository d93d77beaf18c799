// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Permissions;
import io.pgfault.api.TableFormat;
import io.pgfault.sva.internal.frame.PageFrames;
import io.pgfault.sva.internal.table.EntryFormat;
import io.pgfault.sva.internal.table.FramePageTable;
import io.pgfault.sva.internal.table.PageEntry;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A lookup in a page table in frames: of pages whose last tables are in the table's cache, and of as many pages whose
 * last tables other tables have displaced there, so that each lookup begins at the root.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PageTableBenchmark {
    /** Pages of each invocation, in 16 last tables. */
    static final int PAGES = 8_192;

    /** Pages this far from each other have last tables of one place of the cache: 1 GiB. */
    private static final long SAME_PLACE = 1L << 18;

    private static final int FRAMES = 256;
    private static final long STRIDE = 7_919;
    private static final long ENTRY = PageEntry.of(0x1_0000_1000L, Permissions.READ | Permissions.WRITE);

    /** Whose page table. */
    @Param({"X86_FOUR_LEVELS", "AARCH64_FOUR_LEVELS"})
    public TableFormat format;

    private FramePageTable table;

    @Setup
    public void setup() {
        table = new FramePageTable(new PageFrames(FRAMES), EntryFormat.of(format));
        fill(0);
        fill(SAME_PLACE);
    }

    private void fill(long first) {
        for (int page = 0; page < PAGES; page++) {
            if (!table.set(first + page, ENTRY)) {
                throw new IllegalStateException("no frame for page %d of %d".formatted(page, PAGES));
            }
        }
    }

    private long lookUp(long first) {
        long sum = 0;
        for (int i = 0; i < PAGES; i++) {
            sum += table.get(first + (i * STRIDE & (PAGES - 1)));
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long cached() {
        return lookUp(SAME_PLACE);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long fromTheRoot() {
        return lookUp(0);
    }
}
