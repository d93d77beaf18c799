// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.util.concurrent.TimeUnit;
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

/** One group from its first report to its response, all on one thread. Groups per second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class InlineBenchmark {
    /** Requests of each group. */
    @Param({"1", "8", "32"})
    public int groupSize;

    private final MeasuredCore.Sink sink = new MeasuredCore.Sink();
    private MeasuredCore measured;
    private Device device;
    private ListScanningFramework.Device plain;
    private long read;
    private long responses;
    private int group;

    @Setup
    public void setup() {
        measured = new MeasuredCore(0, 16, true, g -> {
            read += sum(g);
            g.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        device = measured.device(sink, "d", 1);
        plain = new ListScanningFramework.Device((from, pasid, groupId, code) -> responses += pasid + groupId + code);
        plain.attach(MeasuredCore.PASID, g -> {
            read += g.read();
            g.respond(0);
        });
    }

    private static long sum(FaultGroup group) {
        long sum = 0;
        for (int i = 0; i < group.size(); i++) {
            sum += group.address(i) + group.permissions(i);
        }
        return sum;
    }

    @Benchmark
    public Report core() {
        group = (group + 1) & 511;
        return measured.report(device, group, groupSize);
    }

    @Benchmark
    public long yardstick() {
        group = (group + 1) & 511;
        for (int i = 1; i < groupSize; i++) {
            plain.report(MeasuredCore.PASID, group, 1, (long) i << 12, false);
        }
        plain.report(MeasuredCore.PASID, group, 1, (long) groupSize << 12, true);
        return read;
    }

    @TearDown
    public void stop() {
        measured.close();
    }
}
