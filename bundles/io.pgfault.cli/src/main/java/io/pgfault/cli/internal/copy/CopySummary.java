// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import io.pgfault.api.driver.Latency;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Counts;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The results of a copy.
 *
 * @param touched how many pages were copied first because a trace touches them
 * @param frames the budget of page frames
 * @param sourceSha256 of the source as it is on disk afterwards, hexadecimal
 * @param destinationSha256 of the destination as it is on disk afterwards
 */
record CopySummary(
        String backend,
        long bytes,
        long touched,
        Counts counts,
        long frames,
        long elapsedNanos,
        String sourceSha256,
        String destinationSha256,
        Latency latency) {

    boolean equal() {
        return sourceSha256.equals(destinationSha256);
    }

    void print(PrintWriter out, Path source, Path destination) {
        line(out, "%s to %s: %,d bytes by dma0 through %s", source, destination, bytes, backend);
        line(out, "");
        line(out, "  %-18s %,12d", "page requests", counts.requests());
        line(out, "  %-18s %,12d", "groups", counts.groups());
        line(out, "  %-18s %,12d", "page frames", frames);
        if (touched > 0) {
            line(out, "  %-18s %,12d", "pages by the trace", touched);
        }
        double mib = bytes / 1048576.0;
        line(
                out,
                "  %-18s %,12.1f MiB/s in %s",
                "throughput",
                mib * 1e9 / Math.max(1, elapsedNanos),
                Quantity.nanos(elapsedNanos));
        line(out, "  latency, close to response   %s", Quantity.of(latency));
        line(out, "");
        line(out, "  sha256 %s  %s", sourceSha256, source);
        line(out, "  sha256 %s  %s", destinationSha256, destination);
        line(out, "  %s", equal() ? "equal" : "NOT EQUAL");
    }

    JsonObject toJson() {
        return Json.createObjectBuilder()
                .add("backend", backend)
                .add("bytes", bytes)
                .add("touchedPages", touched)
                .add("requests", counts.requests())
                .add("groups", counts.groups())
                .add("frames", frames)
                .add("elapsedNanos", elapsedNanos)
                .add(
                        "sha256",
                        Json.createObjectBuilder().add("source", sourceSha256).add("destination", destinationSha256))
                .add("equal", equal())
                .add(
                        "latencyNanos",
                        Json.createObjectBuilder()
                                .add("p50", latency.p50())
                                .add("p99", latency.p99())
                                .add("p999", latency.p999())
                                .add("max", latency.max()))
                .build();
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
