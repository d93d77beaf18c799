// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import io.pgfault.lab.Bound;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Costs;
import io.pgfault.lab.Trial;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;

/** The results of {@code iopf compare} as JSON; times are nanoseconds. */
final class ComparisonJson {
    private ComparisonJson() {}

    static JsonObject of(Conditions conditions, List<Compared> all) {
        JsonArrayBuilder traces = Json.createArrayBuilder();
        all.forEach(compared -> traces.add(of(compared)));
        Costs costs = conditions.costs();
        return Json.createObjectBuilder()
                .add(
                        "conditions",
                        Json.createObjectBuilder()
                                .add("tlbEntries", conditions.tlbEntries())
                                .add("groupSize", conditions.groupSize())
                                .add("translateNanos", costs.translate())
                                .add("faultNanos", costs.fault())
                                .add("callNanos", costs.call())
                                .add("populateNanos", costs.populate())
                                .add("invalidateNanos", costs.invalidate())
                                .add("jitter", conditions.jitter())
                                .add("seed", conditions.seed())
                                .add("real", conditions.real()))
                .add("traces", traces)
                .build();
    }

    private static JsonObjectBuilder of(Compared compared) {
        Bound bound = compared.bound();
        JsonArrayBuilder handlers = Json.createArrayBuilder();
        compared.rows().forEach(row -> handlers.add(of(compared, row)));
        return Json.createObjectBuilder()
                .add("trace", compared.trace())
                .add("maps", compared.maps())
                .add(
                        "oracle",
                        Json.createObjectBuilder()
                                .add("accesses", bound.accesses())
                                .add("failed", bound.failed())
                                .add("pages", bound.pages())
                                .add("groups", bound.groups())
                                .add("waitedNanos", bound.waited())
                                .add("tlbMisses", bound.tlbMisses()))
                .add("handlers", handlers);
    }

    private static JsonObjectBuilder of(Compared compared, Compared.Row row) {
        Trial trial = row.trial();
        JsonArrayBuilder curve = Json.createArrayBuilder();
        trial.curve()
                .forEach(point -> curve.add(
                        Json.createArrayBuilder().add(point.accesses()).add(point.requests())));
        return Json.createObjectBuilder()
                .add("handler", row.handler())
                .add("accesses", trial.accesses())
                .add("failed", trial.failed())
                .add("requests", trial.requests())
                .add("groups", trial.groups())
                .add("avoided", compared.avoided(trial))
                .add("waitedNanos", trial.waited())
                .add("handlingNanos", trial.handling())
                .add("populated", trial.populated())
                .add("unused", trial.unused())
                .add("ahead", trial.ahead())
                .add("aheadMedianNanos", trial.aheadMedian())
                .add("aheadMostNanos", trial.aheadMost())
                .add("tlbHits", trial.tlbHits())
                .add("tlbMisses", trial.tlbMisses())
                .add("invalidations", trial.invalidations())
                .add("peak", trial.peak())
                .add("batch", trial.batch())
                .add("leastGroups", compared.bound().groups(Math.max(1, trial.batch())))
                .add("refused", trial.refused())
                .add("elapsedNanos", trial.elapsed())
                .add("curve", curve);
    }
}
