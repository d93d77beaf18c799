// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.cli.internal.plot.Labels;
import io.pgfault.trace.decode.LogTime;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No word of the picture is cut off or stands on another one. */
class FaultPlotTest {
    @TempDir
    private Path folder;

    @Test
    void longAddresses_longTimes_andManyDevices() throws Exception {
        for (LogTime.Clock clock : LogTime.Clock.values()) {
            for (long step : new long[] {0, 1, 3_000_000_000L}) {
                Path svg = folder.resolve(clock + "-" + step + ".svg");
                FaultPlot plot = new FaultPlot(svg.toString());
                for (int i = 0; i < 200; i++) {
                    plot.accept(new RecordBuilder(RecordType.PRQ_REPORT)
                            .hex("addr", i % 2 == 0 ? -4096L * i : 0x1000)
                            .device("a-platform-device-of-a-long-name." + i % 12 + ".auto")
                            .toRecord(i + 1)
                            .at(Optional.of(new LogTime(clock, 99_999_999_000_000L + i * step, "then"))));
                }
                plot.finish();
                assertThat(Labels.check(svg)).contains("others");
            }
        }
    }
}
