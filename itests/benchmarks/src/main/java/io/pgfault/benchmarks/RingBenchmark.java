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
 * From the raw descriptor that is written into the page request queue of a VT-d unit to the response descriptor that
 * its hardware model has consumed, all on one thread. Groups per second, the writing of the descriptors included.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RingBenchmark {
    /** Groups in each batch. */
    static final int GROUPS = 120;

    /** Requests of each group. */
    @Param({"1", "8", "32"})
    public int groupSize;

    private MeasuredCore measured;
    private MeasuredRing ring;
    private MeasuredRing plain;
    private long read;

    @Setup
    public void setup() {
        measured = new MeasuredCore(0, 16, true, group -> {
            for (int i = 0; i < group.size(); i++) {
                read += group.address(i) + group.permissions(i);
            }
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        ring = new MeasuredRing(measured.faults(), MeasuredCore.PASID);
        measured.serve(ring.device());
        plain = new MeasuredRing(
                new ListScanningFaults(group -> {
                    read += group.read();
                    group.respond(0);
                }),
                MeasuredCore.PASID);
    }

    @Benchmark
    @OperationsPerInvocation(GROUPS)
    public long core() {
        ring.write(GROUPS, groupSize);
        return ring.pass() + read;
    }

    @Benchmark
    @OperationsPerInvocation(GROUPS)
    public long yardstick() {
        plain.write(GROUPS, groupSize);
        return plain.pass() + read;
    }

    @TearDown
    public void stop() {
        measured.close();
    }
}
