// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.ArrayList;
import java.util.List;

/** The places in rewritten classes where an actor may lose the token, by number. Any thread. */
final class Locations {
    private static final List<String> PLACES = new ArrayList<>();

    private Locations() {}

    static synchronized int add(String place) {
        PLACES.add(place);
        return PLACES.size() - 1;
    }

    static synchronized String name(int place) {
        return place < 0 ? "its first step" : PLACES.get(place);
    }
}
