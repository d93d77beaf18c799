// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.device;

import io.pgfault.lab.Trial;
import java.util.ArrayList;
import java.util.List;

/**
 * Page requests over accesses, in constant memory: when the array of points is full, every other point is dropped. One
 * thread.
 */
final class FaultCurve {
    private final List<Trial.Point> points = new ArrayList<>(Trial.MAX_POINTS);
    private long stride = 1;

    /** Takes a point if it is due. */
    void at(long accesses, long requests) {
        if (accesses % stride != 0) {
            return;
        }
        if (points.size() == Trial.MAX_POINTS - 1) {
            for (int i = points.size() - 1; i >= 0; i--) {
                if (points.get(i).accesses() % (2 * stride) != 0) {
                    points.remove(i);
                }
            }
            stride *= 2;
            if (accesses % stride != 0) {
                return;
            }
        }
        points.add(new Trial.Point(accesses, requests));
    }

    /** The points, with the end of the trial as the last one. */
    List<Trial.Point> points(long accesses, long requests) {
        List<Trial.Point> all = new ArrayList<>(points);
        if (all.isEmpty() || all.get(all.size() - 1).accesses() != accesses) {
            all.add(new Trial.Point(accesses, requests));
        }
        return all;
    }
}
