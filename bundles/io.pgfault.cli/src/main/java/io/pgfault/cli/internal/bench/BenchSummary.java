// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.bench;

import io.pgfault.bench.Load;
import io.pgfault.bench.Measured.Latency;
import io.pgfault.bench.Measured.Throughput;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Backend;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * The results of a bench.
 *
 * @param ours throughput of the unit, the core and the handler
 * @param naive throughput of the yardstick
 * @param latency at half of our throughput
 * @param machine how late idle threads woke on this machine, in nanoseconds, measured in turn with latency
 * @param points latency at other shares of the throughput; empty without a plot
 */
record BenchSummary(
        Backend backend,
        BenchHandler handler,
        Load load,
        Throughput ours,
        Throughput naive,
        Latency latency,
        Histogram machine,
        List<Latency> points) {

    double ratio() {
        return ours.groupsPerSecond() / naive.groupsPerSecond();
    }

    void print(PrintWriter out) {
        line(
                out,
                "%s, handler %s, groups of %d, %,d out at a time from %d %s %s; %d processors, Java %s",
                backend,
                handler.cliName(),
                load.groupSize(),
                load.groupsPerDevice() * load.devices(),
                load.devices(),
                load.stalls() ? "stalling" : "PCIe",
                load.devices() == 1 ? "device" : "devices",
                Runtime.getRuntime().availableProcessors(),
                Runtime.version().feature());
        line(out, "");
        line(out, "  %-22s %,14.0f /s", "groups", ours.groupsPerSecond());
        line(out, "  %-22s %,14.0f /s", "requests", ours.requestsPerSecond());
        line(out, "  %-22s %,14.0f /s", "naive framework", naive.groupsPerSecond());
        line(out, "  %-22s %,14.2f", "ratio", ratio());
        line(out, "  %-22s %,14.1f bytes", "heap for a group", ours.bytesPerGroup());
        line(out, "  %-22s %,14.2f", "processors busy", ours.processors());
        line(out, "");
        line(
                out,
                "  latency at %,.0f groups/s, from due to answered; device: how late the device asked;"
                        + " machine: how late idle threads woke",
                latency.groupsPerSecond());
        line(out, "  %10s    %12s  %12s  %12s", "", "groups", "device", "machine");
        for (double percentile : Latency.PERCENTILES) {
            line(
                    out,
                    "  %10s %%  %12s  %12s  %12s",
                    String.format(Locale.ROOT, "%.2f", percentile),
                    Quantity.nanos(latency.nanos().getValueAtPercentile(percentile)),
                    Quantity.nanos(latency.lateNanos().getValueAtPercentile(percentile)),
                    Quantity.nanos(machine.getValueAtPercentile(percentile)));
        }
        line(
                out,
                "  %10s    %12s  %12s  %12s",
                "max",
                Quantity.nanos(latency.nanos().getMaxValue()),
                Quantity.nanos(latency.lateNanos().getMaxValue()),
                Quantity.nanos(machine.getMaxValue()));
    }

    private static JsonObjectBuilder percentiles(Histogram nanos) {
        return Json.createObjectBuilder()
                .add("p50", nanos.getValueAtPercentile(50))
                .add("p90", nanos.getValueAtPercentile(90))
                .add("p99", nanos.getValueAtPercentile(99))
                .add("p999", nanos.getValueAtPercentile(99.9))
                .add("max", nanos.getMaxValue());
    }

    JsonObject toJson() {
        return Json.createObjectBuilder()
                .add("backend", backend.kind())
                .add("handler", handler.cliName())
                .add("groupSize", load.groupSize())
                .add("outstanding", load.groupsPerDevice() * load.devices())
                .add("devices", load.devices())
                .add("groups", ours.groups())
                .add("uncounted", ours.uncounted())
                .add("hits", ours.hits())
                .add("groupsPerSecond", ours.groupsPerSecond())
                .add("requestsPerSecond", ours.requestsPerSecond())
                .add("yardstickGroupsPerSecond", naive.groupsPerSecond())
                .add("ratio", ratio())
                .add("bytesPerGroup", ours.bytesPerGroup())
                .add("processors", ours.processors())
                .add("latencyGroupsPerSecond", latency.groupsPerSecond())
                .add("latencyNanos", percentiles(latency.nanos()))
                .add("deviceNanos", percentiles(latency.lateNanos()))
                .add("machineNanos", percentiles(machine))
                .build();
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
