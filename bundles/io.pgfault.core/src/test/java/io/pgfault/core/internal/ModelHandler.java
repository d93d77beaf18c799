// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.Set;

/** A handler service of the model: one object for each registration, its properties may change. */
final class ModelHandler {
    final long service;
    int ranking;
    boolean inline;
    Set<String> kinds;
    boolean there = true;
    long recallAt;

    ModelHandler(long service, int ranking, boolean inline, Set<String> kinds) {
        this.service = service;
        this.ranking = ranking;
        this.inline = inline;
        this.kinds = kinds;
    }

    /** A place in the ranking. */
    record Rank(int ranking, long service) implements Comparable<Rank> {
        /** The handler that is asked first comes first. */
        @Override
        public int compareTo(Rank other) {
            return ranking != other.ranking
                    ? Integer.compare(other.ranking, ranking)
                    : Long.compare(service, other.service);
        }
    }

    Rank rank() {
        return new Rank(ranking, service);
    }
}
