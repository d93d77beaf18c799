// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.count;

import io.pgfault.api.watch.AnsweredGroups;
import java.util.ArrayList;
import java.util.List;

/**
 * Places in the counts of answers: one for the core, one for each bundle with handlers in the order of coming, and one
 * for the bundles beyond the bound. A bundle keeps its place when the bundle leaves and comes back. Any thread.
 */
public final class Answerers {
    /** The place of the core. */
    public static final int CORE = 0;

    /** How many places there are. */
    public static final int PLACES = AnsweredGroups.BUNDLES + 2;

    private static final int OTHERS = PLACES - 1;

    /** The names by place, the core first; guarded by the monitor. */
    private final List<String> names = new ArrayList<>(List.of(AnsweredGroups.CORE));

    /** The place of a bundle. */
    public synchronized int place(String bundle) {
        int known = names.subList(1, names.size()).indexOf(bundle) + 1;
        if (known > 0) {
            return known;
        }
        if (names.size() == OTHERS) {
            return OTHERS;
        }
        names.add(bundle);
        return names.size() - 1;
    }

    /** The names by place; {@link AnsweredGroups#OTHERS} stands last where every place is taken. */
    public synchronized List<String> names() {
        List<String> all = new ArrayList<>(names);
        if (all.size() == OTHERS) {
            all.add(AnsweredGroups.OTHERS);
        }
        return all;
    }
}
