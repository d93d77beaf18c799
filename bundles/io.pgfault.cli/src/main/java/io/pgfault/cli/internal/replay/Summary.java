// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.Latency;
import io.pgfault.cli.internal.platform.Counts;
import io.pgfault.cli.internal.platform.ResponseCount;
import io.pgfault.trace.TraceFormat;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.List;

/**
 * What came of a replay. The JSON form has the names of the components.
 *
 * @param unit the unit's name
 * @param backend the kind of unit
 * @param format the name of the format on the command line
 * @param records records of the input
 * @param counts the unit's counts of this replay
 * @param responses responses that the unit's hardware consumed
 * @param accesses memory accesses, 0 for recorded faults
 * @param failedAccesses memory accesses that failed
 * @param pagesPopulated distinct pages that were mapped
 * @param elapsedNanos from the first record to the last answer, in nanoseconds
 * @param startToFirstAnswerNanos from the start of the JVM to the first answer, in nanoseconds, 0 without an answer
 * @param latency from the close of a group to its response
 */
record Summary(
        String unit,
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

    /** Sums a replay up when its last answer has been given. */
    static Summary of(Unit unit, TraceFormat format, Replayed replayed, Counts before, ResponseCount responses) {
        return new Summary(
                unit.name(),
                unit.kind(),
                format.cliName(),
                replayed.records(),
                replayed.counts().since(before),
                responses.responses(),
                replayed.accesses(),
                replayed.failedAccesses(),
                replayed.pagesPopulated(),
                replayed.elapsedNanos(),
                responses.firstAfterStartNanos(),
                unit.queue().latency());
    }

    /** One unit's object as it is; those of several as {@code units}. */
    static JsonObject toJson(List<Summary> summaries) {
        if (summaries.size() == 1) {
            return summaries.get(0).toJson();
        }
        JsonArrayBuilder units = Json.createArrayBuilder();
        summaries.forEach(summary -> units.add(summary.toJson()));
        return Json.createObjectBuilder().add("units", units).build();
    }

    JsonObject toJson() {
        return Json.createObjectBuilder()
                .add("unit", unit)
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
                .add("limited", counts.limited())
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
