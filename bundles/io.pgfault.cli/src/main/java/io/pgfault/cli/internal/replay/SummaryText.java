// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.sva.Area;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Counts;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Prints the summary of a replay for people. One thread, the one of the command. */
final class SummaryText {
    private static final int MOST = 8;

    private final PrintWriter out;

    SummaryText(PrintWriter out) {
        this.out = out;
    }

    /** Prints a summary under a title; {@code areas} is null for recorded faults, which have no areas. */
    void print(String what, Summary s, AreaFaults areas) {
        line("%s", what);
        print(s, areas);
    }

    /** Prints the summaries of the units of a recording under a title. */
    void print(String what, List<Summary> summaries) {
        line("%s", what);
        for (Summary summary : summaries) {
            if (summaries.size() > 1) {
                line("");
                line("%s (%s)", summary.unit(), summary.backend());
            }
            print(summary, null);
        }
    }

    private void print(Summary s, AreaFaults areas) {
        line("");
        Counts c = s.counts();
        line("  %-18s %,12d", "page requests", c.requests());
        line("  %-18s %,12d", "groups", c.groups());
        for (ResponseCode code : ResponseCode.values()) {
            long count = s.responses().of(code);
            if (count > 0 || code != ResponseCode.FAILURE) {
                line(
                        "    %-16s %,12d  %7s",
                        code, count, Quantity.percent(count, s.responses().total()));
            }
        }
        if (c.limited() > 0) {
            line("      %-14s %,12d  beyond a bound of the core (rule C15)", "of these", c.limited());
        }
        line("  %-18s %,12d", "pages populated", s.pagesPopulated());
        if (s.accesses() > 0) {
            line(
                    "  %-18s %,12d  of %,d accesses (%s)",
                    "failed accesses",
                    s.failedAccesses(),
                    s.accesses(),
                    Quantity.percent(s.failedAccesses(), s.accesses()));
        }
        rare("stop markers", c.stopMarkers());
        rare("bad requests", c.badRequests());
        rare("unrecoverable", c.unrecoverable());
        rare("overflows", c.overflows());
        rare("discarded partials", c.discardedPartials());
        rare("dropped partials", c.droppedPartials());
        rare("timed out", c.timedOut());
        rare("refused answers", c.refused());
        if (areas != null) {
            print(areas.most(MOST));
        }
        line("");
        line("  latency, close to response   %s", Quantity.of(s.latency()));
        line(
                "  %s in %s: %s, %s",
                s.accesses() > 0 ? "accesses" : "records",
                Quantity.nanos(s.elapsedNanos()),
                Quantity.perSecond(s.records(), s.elapsedNanos()),
                "groups " + Quantity.perSecond(c.groups(), s.elapsedNanos()));
        line("  first answer %s after the JVM started", Quantity.nanos(s.startToFirstAnswerNanos()));
    }

    private void print(List<AreaFaults.Row> rows) {
        if (rows.isEmpty()) {
            return;
        }
        line("");
        line("  %9s  %9s  %s", "requests", "INVALID", "areas that faulted most");
        for (AreaFaults.Row row : rows) {
            String area = row.area().map(Area::toString).orElse("in no area");
            line("  %,9d  %,9d  %s", row.requests(), row.failed(), area);
        }
    }

    private void rare(String what, long count) {
        if (count > 0) {
            line("  %-18s %,12d", what, count);
        }
    }

    private void line(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
