// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole VT-d unit with its threads: one thread writes descriptors into the ring as fast as it takes them, the event
 * thread reports, the handler answers there or on two workers. Groups per second; beside {@link RingBenchmark} it shows
 * what the threads cost each other, and it needs as many processors as threads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class UnitBenchmark {
    private static final int GROUPS = 4_096;
    private static final int WORKERS = 2;

    /** Requests of each group. */
    @Param({"1", "8", "32"})
    public int groupSize;

    /** Whether the handler runs on the event thread. */
    @Param({"true", "false"})
    public boolean inline;

    private MeasuredCore measured;
    private MeasuredUnit unit;

    @Setup
    public void setup() {
        measured = new MeasuredCore(WORKERS, 1 << 16, inline, group -> {
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        unit = new MeasuredUnit(measured.faults(), "dmar0");
        measured.serve(unit.device());
    }

    @Benchmark
    @OperationsPerInvocation(GROUPS)
    public long core() {
        return unit.feed(GROUPS, groupSize);
    }

    @TearDown
    public void stop() {
        unit.close();
        measured.close();
    }
}
