// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import io.pgfault.lab.Bound;
import io.pgfault.lab.Trial;
import java.util.List;

/**
 * One trace under all handlers.
 *
 * @param trace the file
 * @param maps the file of the areas; empty if everything was granted
 * @param bound what no handler beats
 * @param rows one for each handler, sva first
 */
record Compared(String trace, String maps, Bound bound, List<Row> rows) {
    /** One handler. */
    record Row(String handler, Trial trial) {}

    /** Returns the file without its folders. */
    String name() {
        return trace.substring(trace.lastIndexOf('/') + 1);
    }

    /** Returns the share of the groups of sva that a handler avoids; negative if it has more. */
    double avoided(Trial trial) {
        long base = rows.get(0).trial().groups();
        return base == 0 ? 0 : 1 - (double) trial.groups() / base;
    }
}
