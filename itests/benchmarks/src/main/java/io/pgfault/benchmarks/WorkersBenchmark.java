// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.handler.Disposition;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Groups that the event thread reports and the workers answer: from the first report to the last response of {@value
 * #GROUPS} groups. Groups per second. The yardstick's work queue is a thread pool with as many threads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WorkersBenchmark {
    private static final int GROUPS = 10_000;
    private static final int WORKERS = 2;

    /** Requests of each group. */
    @Param({"1", "8", "32"})
    public int groupSize;

    private final AtomicLong responses = new AtomicLong();
    private MeasuredCore measured;
    private Device device;
    private ThreadPoolExecutor pool;
    private ListScanningFramework.Device plain;

    @Setup
    public void setup() {
        measured = new MeasuredCore(WORKERS, GROUPS, false, group -> {
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        IommuDriver driver = (to, pasid, groupId, private0, private1, code) -> responses.incrementAndGet();
        device = measured.device(driver, "d", 1);
        pool = new ThreadPoolExecutor(WORKERS, WORKERS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        plain = new ListScanningFramework.Device((from, pasid, groupId, code) -> responses.incrementAndGet());
        plain.attach(MeasuredCore.PASID, group -> pool.execute(() -> group.respond(0)));
    }

    @Benchmark
    @OperationsPerInvocation(GROUPS)
    public long core() {
        long end = responses.get() + GROUPS;
        for (int group = 0; group < GROUPS; group++) {
            measured.report(device, group & 511, groupSize);
        }
        measured.endSlice();
        return await(end);
    }

    @Benchmark
    @OperationsPerInvocation(GROUPS)
    public long yardstick() {
        long end = responses.get() + GROUPS;
        for (int group = 0; group < GROUPS; group++) {
            for (int i = 1; i < groupSize; i++) {
                plain.report(MeasuredCore.PASID, group & 511, 1, (long) i << 12, false);
            }
            plain.report(MeasuredCore.PASID, group & 511, 1, (long) groupSize << 12, true);
        }
        return await(end);
    }

    private long await(long end) {
        while (responses.get() < end) {
            Thread.onSpinWait();
        }
        return end;
    }

    @TearDown
    public void stop() {
        measured.close();
        pool.shutdown();
    }
}
