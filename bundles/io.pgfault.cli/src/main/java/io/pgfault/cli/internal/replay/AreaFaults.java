// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Counts page requests by area. One thread, the one of the replay. */
final class AreaFaults {
    /**
     * The faults of one area.
     *
     * @param area empty for addresses in no area
     */
    record Row(Optional<Area> area, long requests, long failed) {}

    private final AddressSpace space;
    private final Map<Optional<Area>, Row> rows = new HashMap<>();

    AreaFaults(AddressSpace space) {
        this.space = space;
    }

    void count(long page, int requests, Outcome outcome) {
        Optional<Area> area = space.find(page);
        rows.merge(
                area,
                new Row(area, requests, outcome == Outcome.DONE ? 0 : 1),
                (a, b) -> new Row(area, a.requests() + b.requests(), a.failed() + b.failed()));
    }

    /** Returns the areas with the most page requests, in descending order. */
    List<Row> most(int limit) {
        return rows.values().stream()
                .sorted(Comparator.comparingLong(Row::requests)
                        .reversed()
                        .thenComparing(row -> row.area().map(Area::start).orElse(-1L), Long::compareUnsigned))
                .limit(limit)
                .toList();
    }
}
