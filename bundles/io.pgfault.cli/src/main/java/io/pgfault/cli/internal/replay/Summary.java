// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.driver.Latency;
import io.pgfault.cli.internal.platform.Counts;
import io.pgfault.cli.internal.platform.ResponseCount;
import jakarta.json.Json;
import jakarta.json.JsonObject;

/** What came of a replay. The names of the JSON form are those of DESIGN.md. */
record Summary(
        String backend,
        String format,
        long records,
        Counts counts,
        ResponseCount.Responses responses,
        long accesses,
        long failedAccesses,
        long pagesPopulated,
        long elapsedNanos,
        long startToFirstAnswerNanos,
        Latency latency) {

    JsonObject toJson() {
        return Json.createObjectBuilder()
                .add("backend", backend)
                .add("format", format)
                .add("records", records)
                .add("requests", counts.requests())
                .add("groups", counts.groups())
                .add(
                        "responses",
                        Json.createObjectBuilder()
                                .add("success", responses.success())
                                .add("invalid", responses.invalid())
                                .add("failure", responses.failure()))
                .add("stopMarkers", counts.stopMarkers())
                .add("badRequests", counts.badRequests())
                .add("unrecoverable", counts.unrecoverable())
                .add("discardedPartials", counts.discardedPartials())
                .add("droppedPartials", counts.droppedPartials())
                .add("overflows", counts.overflows())
                .add("timedOut", counts.timedOut())
                .add("refused", counts.refused())
                .add("accesses", accesses)
                .add("failedAccesses", failedAccesses)
                .add("pagesPopulated", pagesPopulated)
                .add("elapsedNanos", elapsedNanos)
                .add("startToFirstAnswerNanos", startToFirstAnswerNanos)
                .add(
                        "latencyNanos",
                        Json.createObjectBuilder()
                                .add("p50", latency.p50())
                                .add("p99", latency.p99())
                                .add("p999", latency.p999())
                                .add("max", latency.max()))
                .build();
    }
}
