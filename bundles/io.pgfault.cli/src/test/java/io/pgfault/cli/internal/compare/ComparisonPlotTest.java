// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.cli.internal.plot.Labels;
import io.pgfault.lab.Bound;
import io.pgfault.lab.Trial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No word of the picture is cut off or stands on another one. */
class ComparisonPlotTest {
    @TempDir
    private Path folder;

    @Test
    void longNames_manyHandlers_andPointsInOnePlace() throws Exception {
        for (int[] size : new int[][] {{1, 1}, {3, 4}, {16, 4}, {40, 1}}) {
            int handlers = size[0];
            Path svg = folder.resolve(handlers + ".svg");
            ComparisonPlot.write(svg, compared(handlers, size[1]));
            List<String> words = Labels.check(svg);
            assertThat(words).anyMatch(word -> word.startsWith("Page requests over time: "));
            assertThat(words).filteredOn(word -> word.equals("a")).hasSize(handlers);
        }
    }

    private static List<Compared> compared(int handlers, int traces) {
        List<Compared> all = new ArrayList<>();
        for (int t = 0; t < traces; t++) {
            List<Compared.Row> rows = new ArrayList<>();
            for (int h = 0; h < handlers; h++) {
                Trial trial = new Trial(
                        1_000_000_000,
                        0,
                        900_000,
                        900_000,
                        0,
                        0,
                        2_000_000,
                        1_500_000,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        List.of(new Trial.Point(1_000_000, 800_000)));
                rows.add(new Compared.Row("com.example.a.handler.of.a.very.long.name-1.0.0-SNAPSHOT" + h, trial));
            }
            all.add(new Compared(
                    "/traces/" + "a-trace-with-a-name-that-goes-on-and-on-".repeat(3) + t + ".lackey.gz",
                    "",
                    new Bound(1_000_000_000, 0, 500_000, 500_000, 0, 0),
                    rows));
        }
        return all;
    }
}
