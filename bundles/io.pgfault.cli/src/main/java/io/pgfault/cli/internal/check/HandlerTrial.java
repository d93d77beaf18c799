// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.check;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Sva;
import io.pgfault.lab.Bound;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Costs;
import io.pgfault.lab.Lab;
import io.pgfault.lab.Trial;
import io.pgfault.lab.TrialStopped;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.AddressListReader;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Has a model device fault on a handler, on real threads, and compares the answers with what the areas grant. */
final class HandlerTrial {
    private static final long START = 0x10_0000_0000L;
    private static final int PAGES = 256;
    private static final int ACCESSES = 400;
    private static final List<Integer> GROUP_SIZES = List.of(1, 8);
    private static final List<Area> AREAS = List.of(
            area(0, PAGES / 2, Permissions.READ | Permissions.WRITE), area(PAGES / 2, PAGES / 4, Permissions.READ));

    private final Lab lab;
    private final Sva sva;

    HandlerTrial(Lab lab, Sva sva) {
        this.lab = lab;
        this.sva = sva;
    }

    private static Area area(long first, long pages, int permissions) {
        long start = START + first * Translation.PAGE_SIZE;
        return new Area(start, start + pages * Translation.PAGE_SIZE - 1, permissions, true, 0, "");
    }

    /** Runs trials with groups of one request and of several; {@code next} gets what the handler declines. */
    void report(Findings findings, FaultHandler handler, FaultHandler next) throws InterruptedException {
        for (int groupSize : GROUP_SIZES) {
            Conditions conditions = new Conditions(64, groupSize, Costs.PCIE, 0, 1, true);
            try (AddressSpace space = sva.create("check", AREAS)) {
                Bound bound = lab.bound(conditions, trace(), AREAS);
                Trial trial = lab.run(conditions, trace(), space, List.of(handler, next));
                report(findings, groupSize, bound, trial);
            } catch (TrialStopped | UnreadableInput e) {
                findings.bad("a trial stopped: " + e.getMessage());
            }
        }
    }

    private static void report(Findings findings, int groupSize, Bound bound, Trial trial) {
        String groups = groupSize == 1 ? "groups of one request" : "groups of up to " + groupSize;
        int before = findings.failures();
        if (trial.refused() > 0) {
            findings.bad("%s: %d answers came after the first one of their group (rule C09); answer a group once"
                    .formatted(groups, trial.refused()));
        }
        if (trial.failed() > bound.failed()) {
            findings.bad(
                    ("%s: %d accesses that the areas grant failed; the handler answers INVALID or FAILURE, throws, or"
                                    + " doesn't answer")
                            .formatted(groups, trial.failed() - bound.failed()));
        }
        if (trial.failed() < bound.failed()) {
            findings.bad("%s: %d accesses that the areas refuse were made"
                    .formatted(groups, bound.failed() - trial.failed()));
        }
        if (findings.failures() == before) {
            findings.good("%s: %d groups answered once, as the areas have it".formatted(groups, trial.groups()));
        }
    }

    /** The same accesses every time: some without an area, some that the area refuses. */
    private static AccessSource trace() throws UnreadableInput {
        Random random = new Random(1);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < ACCESSES; i++) {
            long address = START + (long) random.nextInt(PAGES) * Translation.PAGE_SIZE;
            lines.append(String.format(Locale.ROOT, "0x%x %s%n", address, random.nextBoolean() ? "r" : "w"));
        }
        return new AddressListReader(TraceFile.of(
                "the accesses of check",
                new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.US_ASCII))));
    }
}
