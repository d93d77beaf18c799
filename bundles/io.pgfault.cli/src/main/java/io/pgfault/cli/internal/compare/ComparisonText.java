// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.lab.Bound;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Trial;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Prints the table of {@code iopf compare}: a row for each handler, the oracle last. */
final class ComparisonText {
    private static final String ROW = "  %-28s %10s %7s %10s %10s %10s %10s %8s %8s %10s %12s %10s %7s %10s%n";
    private static final int NAME = 28;

    private final PrintWriter out;

    ComparisonText(PrintWriter out) {
        this.out = out;
    }

    void print(String model, Conditions conditions, List<Compared> all) {
        for (Compared compared : all) {
            Bound bound = compared.bound();
            out.printf(
                    Locale.ROOT,
                    "%s: %s%s; %s, %s, %s%n%n",
                    compared.name(),
                    Quantity.count(bound.accesses(), "access", "accesses"),
                    compared.maps().isEmpty() ? "" : ", maps " + compared.maps(),
                    model,
                    conditions.groupSize() == 1 ? "one request a group" : "groups of up to " + conditions.groupSize(),
                    conditions.real() ? "handlers measured" : "virtual time");
            out.printf(
                    ROW,
                    "handler",
                    "requests",
                    "avoided",
                    "groups",
                    "waited",
                    "handling",
                    "populated",
                    "unused",
                    "ahead",
                    "after",
                    "TLB hits",
                    "misses",
                    "inval.",
                    "peak");
            for (Compared.Row row : compared.rows()) {
                print(compared, row);
            }
            out.printf(
                    ROW,
                    "oracle",
                    count(bound.groups()),
                    "",
                    count(bound.groups()),
                    Quantity.nanos(bound.waited()),
                    "",
                    count(bound.pages()),
                    "0",
                    "",
                    "",
                    "",
                    count(bound.tlbMisses()),
                    "0",
                    count(bound.pages()));
            out.println();
        }
        out.println("requests: page requests   avoided: groups that sva has and the handler has not   unused: pages"
                + " populated and never touched");
        out.println("ahead: pages touched without a request for them   after: how long they lay, the median   peak:"
                + " pages at one time");
        out.flush();
    }

    private void print(Compared compared, Compared.Row row) {
        Trial trial = row.trial();
        out.printf(
                ROW,
                shortened(row.handler()),
                count(trial.requests()),
                String.format(Locale.ROOT, "%.1f %%", 100 * compared.avoided(trial)),
                count(trial.groups()),
                Quantity.nanos(trial.waited()),
                Quantity.nanos(trial.handling()),
                count(trial.populated()),
                count(trial.unused()),
                count(trial.ahead()),
                trial.ahead() == 0 ? "" : Quantity.nanos(trial.aheadMedian()),
                count(trial.tlbHits()),
                count(trial.tlbMisses()),
                count(trial.invalidations()),
                count(trial.peak()));
        if (trial.failed() > compared.bound().failed()) {
            out.printf(
                    Locale.ROOT,
                    "  %28s refuses %s that the areas grant%n",
                    "",
                    Quantity.count(trial.failed() - compared.bound().failed(), "access", "accesses"));
        }
    }

    private static String shortened(String name) {
        return name.length() <= NAME ? name : "..." + name.substring(name.length() - NAME + 3);
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
