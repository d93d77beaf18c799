// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which lines of {@code status} an operator has not been told yet. A mistake is told once while it stays, and again if
 * it comes back. One thread.
 */
final class Mistakes {
    /** The most lines of one look. */
    static final int MOST = 20;

    /** What was wrong at the last look, told or not. */
    private Set<PidState> known = new HashSet<>();

    /**
     * Returns what to log after two looks at the container, a moment apart: what was wrong at both, and is new.
     *
     * @param before what the first look found
     * @param now what the second look found
     */
    List<String> lines(List<PidState> before, List<PidState> now) {
        Set<PidState> broken = new HashSet<>();
        List<String> lines = new ArrayList<>();
        for (PidState state : now) {
            boolean stays = state.isBroken() && before.contains(state);
            if (stays && broken.add(state) && !known.contains(state) && !state.logged()) {
                lines.add(state.pid() + ": " + state.text());
            }
        }
        known = broken;
        if (lines.size() <= MOST) {
            return lines;
        }
        List<String> first = new ArrayList<>(lines.subList(0, MOST));
        first.add((lines.size() - MOST) + " more; the command iopf:status has a line for each");
        return first;
    }
}
