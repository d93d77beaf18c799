// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Sets of nodes that all reach each other: strongly connected components, by Kosaraju's two depth-first walks. */
final class Circles {
    private Circles() {}

    /**
     * The circles of a graph, each with two nodes or more.
     *
     * @param uses for each node the nodes that it uses
     */
    static List<Set<String>> of(Map<String, Set<String>> uses) {
        Map<String, Set<String>> usedBy = new java.util.TreeMap<>();
        uses.forEach((user, used) -> used.forEach(
                node -> usedBy.computeIfAbsent(node, n -> new TreeSet<>()).add(user)));
        Deque<String> finished = new ArrayDeque<>();
        Set<String> seen = new HashSet<>();
        uses.keySet().forEach(node -> walk(node, uses, seen, finished));
        List<Set<String>> circles = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (String node : finished) {
            Deque<String> circle = new ArrayDeque<>();
            walk(node, usedBy, taken, circle);
            if (circle.size() > 1) {
                circles.add(new TreeSet<>(circle));
            }
        }
        return circles;
    }

    /** Visits what is reachable and unseen; a node is pushed when all that it reaches has been pushed. */
    private static void walk(String node, Map<String, Set<String>> edges, Set<String> seen, Deque<String> finished) {
        if (seen.add(node)) {
            edges.getOrDefault(node, Set.of()).forEach(next -> walk(next, edges, seen, finished));
            finished.push(node);
        }
    }
}
