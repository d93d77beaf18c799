// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code iopf bench}: what it says is consistent; how fast it is, is no test's matter. */
@ExtendWith(RunningJar.Once.class)
class BenchIT {
    @TempDir
    private Path folder;

    private final RunningJar iopf;

    BenchIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--handler inline --group-size 8",
                "--handler workers --outstanding 3000 --devices 3",
                "--handler sva",
                "--handler sva --backend smmuv3",
                "--handler workers --backend smmuv3 --devices 2",
                "--handler inline --backend smmuv3",
                "--handler sva --group-size 8 --devices 2",
                "--handler inline --backend smmuv3 --endpoint pri --group-size 4",
                "--handler sva --backend smmuv3 --endpoint pri --group-size 32 --outstanding 2000",
                "--outstanding 100000"
            })
    void c18_jsonHasTheKeysOfTheDesign_andWhatIsCountedHasFaulted(String options) throws Exception {
        Object[] line = ("bench --seconds 0.1 --json - " + options).split(" ");
        Command run = iopf.run(line).succeeded();
        assertThat(run.err()).as("warnings").isEmpty();
        JsonObject json = run.json();
        assertThat(number(json, "groups")).as("groups that faulted").isPositive();
        assertThat(number(json, "uncounted"))
                .as("groups that the core did not count")
                .isZero();
        assertThat(number(json, "hits")).as("accesses that did not fault").isZero();
        double groups = number(json, "groupsPerSecond");
        assertThat(groups).isPositive();
        assertThat(number(json, "requestsPerSecond"))
                .isCloseTo(groups * json.getInt("groupSize"), within(groups * 1e-6));
        assertThat(number(json, "ratio")).isCloseTo(groups / number(json, "yardstickGroupsPerSecond"), within(1e-6));
        assertThat(number(json, "bytesPerGroup")).isPositive();
        assertThat(percentiles(json, "latencyNanos")).isSorted().first().isNotEqualTo(0L);
        assertThat(percentiles(json, "machineNanos")).isSorted().last().isNotEqualTo(0L);
    }

    private static List<Long> percentiles(JsonObject json, String key) {
        JsonObject nanos = json.getJsonObject(key);
        return List.of("p50", "p90", "p99", "p999", "max").stream()
                .map(percentile -> nanos.getJsonNumber(percentile).longValue())
                .toList();
    }

    @Test
    void textAndPlotAreForPeople() throws Exception {
        Path plot = folder.resolve("latency.svg");
        Command run = iopf.run("bench", "--seconds", "0.1", "--plot", plot).succeeded();
        assertThat(run.out()).contains("groups", "naive framework", "ratio", "99.90 %", "max");
        assertThat(Files.readString(plot))
                .startsWith("<svg")
                .contains("p50", "p99.9")
                .containsPattern("polyline");
    }

    private static double number(JsonObject json, String key) {
        return json.getJsonNumber(key).doubleValue();
    }
}
