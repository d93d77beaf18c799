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

/** What a group costs when many are outstanding, or when many devices take turns. Groups per second, on one thread. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ScaleBenchmark {
    /** A device that has groups outstanding all the time: the oldest is answered, then another one is reported. */
    @State(Scope.Benchmark)
    public static class Outstanding {
        /** How many. */
        @Param({"1", "100", "10000", "100000"})
        public int outstanding;

        private FaultGroup[] groups;
        private int next;
        private MeasuredCore measured;
        private Device device;

        @Setup
        public void setup() {
            groups = new FaultGroup[outstanding];
            measured = new MeasuredCore(0, 16, true, group -> {
                groups[next] = group;
                return Disposition.TAKEN;
            });
            device = measured.device(new MeasuredCore.Sink(), "d", 1);
            for (next = 0; next < outstanding; next++) {
                measured.report(device, next, 1);
            }
            next = 0;
        }

        @TearDown
        public void stop() {
            measured.close();
        }
    }

    /** Devices that take turns, in an order without pattern. */
    @State(Scope.Benchmark)
    public static class Devices {
        private static final int STEP = 7_919;

        /** How many, a power of two. */
        @Param({"1", "64", "1024", "4096"})
        public int devices;

        private Device[] all;
        private int next;
        private MeasuredCore measured;

        @Setup
        public void setup() {
            measured = new MeasuredCore(0, 16, true, group -> {
                group.respond(ResponseCode.SUCCESS);
                return Disposition.TAKEN;
            });
            MeasuredCore.Sink sink = new MeasuredCore.Sink();
            all = new Device[devices];
            for (int i = 0; i < devices; i++) {
                all[i] = measured.device(sink, "d" + i, i);
            }
        }

        @TearDown
        public void stop() {
            measured.close();
        }
    }

    @Benchmark
    public Report outstanding(Outstanding state) {
        state.groups[state.next].respond(ResponseCode.SUCCESS);
        Report report = state.measured.report(state.device, state.next, 1);
        state.next = state.next + 1 == state.outstanding ? 0 : state.next + 1;
        return report;
    }

    @Benchmark
    public Report devices(Devices state) {
        state.next = (state.next + Devices.STEP) & (state.devices - 1);
        return state.measured.report(state.all[state.next], 1, 1);
    }
}
