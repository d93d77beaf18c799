// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes a program that asks which way to go through all its ways, one after the other. From one way to the next, the
 * last choice that has an option left takes its next option.
 */
final class Choices {
    private final List<int[]> path = new ArrayList<>();
    private int at;

    /** One of 0 to {@code options - 1}; not asked if there is nothing to choose. */
    int choose(int options) {
        if (options == 1) {
            return 0;
        }
        if (at == path.size()) {
            path.add(new int[] {0, options});
        }
        return path.get(at++)[0];
    }

    /** Goes to the next way; false if there are no more. */
    boolean next() {
        at = 0;
        while (!path.isEmpty()) {
            int[] last = path.get(path.size() - 1);
            if (++last[0] < last[1]) {
                return true;
            }
            path.remove(path.size() - 1);
        }
        return false;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        path.forEach(choice -> text.append(choice[0]));
        return text.toString();
    }
}
