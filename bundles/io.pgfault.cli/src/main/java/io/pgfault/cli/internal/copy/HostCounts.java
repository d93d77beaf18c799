// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import io.pgfault.cli.internal.platform.Counts;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * What the host of a guest has counted. Every group of the guest is one of the host's; the host's other groups are of
 * the second stage, and the guest never sees them (rule N02).
 *
 * @param groups of the host's unit
 * @param secondStage how many of them were of the second stage
 * @param success how many of them were answered SUCCESS
 */
record HostCounts(long groups, long secondStage, long success) {
    /** Reads the answer of the host's {@code stats --json}. */
    static HostCounts of(JsonObject stats) {
        JsonObject counters = stats.getJsonArray("stats").getJsonObject(0).getJsonObject("counters");
        return new HostCounts(
                counters.getInt("groups"), counters.getInt("second stage", 0), counters.getInt("success"));
    }

    /** Whether both sides have counted the same groups (rule N07). */
    boolean agree(Counts guest) {
        return groups - secondStage == guest.groups();
    }

    void print(PrintWriter out, Counts guest) {
        line(out, "");
        line(out, "  %-26s %,12d", "groups of the host", groups);
        line(out, "  %-26s %,12d", "  of the second stage", secondStage);
        line(out, "  %-26s %,12d", "  that went to the guest", groups - secondStage);
        line(out, "  %-26s %,12d   %s", "groups of the guest", guest.groups(), agree(guest) ? "equal" : "NOT EQUAL");
    }

    /** The summary of the guest with the counts of the host. */
    JsonObject addTo(JsonObject summary) {
        return Json.createObjectBuilder(summary)
                .add(
                        "host",
                        Json.createObjectBuilder()
                                .add("groups", groups)
                                .add("secondStage", secondStage)
                                .add("success", success))
                .build();
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
