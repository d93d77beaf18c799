// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Permissions;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.parts.Walkers;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.sva.internal.bind.SvaHandler;
import io.pgfault.sva.internal.bind.SvaService;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a translation request costs that the unit's caches serve, and what the wait of invalidations for walks adds to
 * it. A request has one turn of {@link Walkers}: the second row adds another turn, so the difference is what a turn
 * costs. The third row adds a read lock of the device instead, as the simple alternative to a turn.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RequestBenchmark {
    private static final long AT = 0x7000_0000_0000L;
    private static final int FRAMES = 64;
    private static final int ID = 0x100;

    /** The vendor of the unit. */
    @Param({"vtd", "smmuv3"})
    public String vendor;

    private final Walkers<Walkers.Turn> walkers = new Walkers<>(Walkers.Turn::new);
    private final Lock readLock = new ReentrantReadWriteLock().readLock();
    private MeasuredCore measured;
    private Runnable stopUnit;
    private Upstream device;
    private Binding binding;
    private int pasid;

    @Setup
    public void setup() {
        measured = new MeasuredCore(0, 16, true, new SvaHandler(), Sva.DOMAIN_KIND);
        IoPageFaults faults = measured.faults();
        TableFormat format;
        if (vendor.equals("vtd")) {
            format = TableFormat.X86_FOUR_LEVELS;
            var vtd = new io.pgfault.vtd.internal.IommuUnit(faults, "dmar0", 0, false);
            vtd.start(() -> {});
            device = vtd.connect("d", ID, new Silent());
            stopUnit = vtd::stop;
        } else {
            format = TableFormat.AARCH64_FOUR_LEVELS;
            var smmuv3 = new io.pgfault.smmuv3.internal.IommuUnit(faults, "smmu3.0", new Sizes(4, 4, 8, 16));
            smmuv3.start(() -> {});
            device = smmuv3.connect("d", ID, new Silent());
            stopUnit = smmuv3::stop;
        }
        Sva sva = new SvaService(faults, new SystemMemory(FRAMES));
        AddressSpace space = sva.create("space", format);
        space.mmap(AT, Translation.PAGE_SIZE, Permissions.READ | Permissions.WRITE, false);
        space.populate(AT, Permissions.WRITE);
        binding = sva.bind(device.device(), space);
        pasid = binding.pasid();
    }

    private long access() {
        return device.transact(1, pasid, Permissions.READ, AT);
    }

    @Benchmark
    public long request() {
        return access();
    }

    @Benchmark
    public long requestWithSecondTurn() {
        Walkers.Turn turn = walkers.own();
        turn.begin();
        try {
            return access();
        } finally {
            turn.end();
        }
    }

    @Benchmark
    public long requestUnderReadLock() {
        readLock.lock();
        try {
            return access();
        } finally {
            readLock.unlock();
        }
    }

    @TearDown
    public void stop() {
        binding.close();
        device.close();
        stopUnit.run();
        measured.close();
    }

    /** A device that caches nothing and asks for nothing. */
    private static final class Silent implements Downstream {
        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            throw new IllegalStateException("the device asked for no page");
        }

        @Override
        public void resume(int transaction, boolean retry) {
            throw new IllegalStateException("no transaction of the device stalls");
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
