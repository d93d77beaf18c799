// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.lab.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A curve of any length has few points, in order, and its end. */
class FaultCurveTest {
    @Test
    void aLongTrial_hasFewPoints_andTheLastOne() {
        FaultCurve curve = new FaultCurve();
        int last = 1_000_003;
        for (int i = 1; i <= last; i++) {
            curve.at(i, i / 10);
        }
        List<Trial.Point> points = curve.points(last, last / 10);
        assertThat(points).hasSizeBetween(Trial.MAX_POINTS / 4, Trial.MAX_POINTS);
        assertThat(points).extracting(Trial.Point::accesses).isSorted().doesNotHaveDuplicates();
        assertThat(points).allMatch(point -> point.requests() == point.accesses() / 10);
        assertThat(points.get(points.size() - 1).accesses()).isEqualTo(last);
    }
}
