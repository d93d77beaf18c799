// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf replay} of a real program's memory accesses, as a newcomer runs it. */
@ExtendWith(RunningJar.Once.class)
class ReplayIT {
    private static final Path TRACE = Built.file("itests/samples/cat.lackey.gz");
    private static final Path MAPS = Built.file("itests/samples/cat.maps");

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    ReplayIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @Test
    void sampleComesToWhatTheRulesSay() throws Exception {
        Sample expected = Sample.compute(TRACE, MAPS);
        JsonObject json = iopf.run("replay", "--maps", MAPS, "--json", "-", TRACE)
                .succeeded()
                .json();
        assertThat(json.getString("backend")).isEqualTo("vtd");
        assertThat(json.getString("format")).isEqualTo("lackey");
        assertThat(json.getInt("records")).isEqualTo((int) expected.accesses());
        assertThat(json.getInt("accesses")).isEqualTo((int) expected.accesses());
        assertThat(json.getInt("failedAccesses")).isEqualTo((int) expected.failedAccesses());
        assertThat(json.getInt("requests")).isEqualTo((int) expected.requests());
        assertThat(json.getInt("groups")).isEqualTo((int) expected.requests());
        JsonObject responses = json.getJsonObject("responses");
        assertThat(responses.getInt("success")).isEqualTo((int) expected.success());
        assertThat(responses.getInt("invalid")).isEqualTo((int) expected.invalid());
        assertThat(responses.getInt("failure")).isZero();
        assertThat(json.getInt("pagesPopulated")).isEqualTo((int) expected.pages());
    }

    /** The numbers that the project was promised with. */
    @Test
    void sampleIsThePromisedOne() throws Exception {
        assertThat(Sample.compute(TRACE, MAPS)).isEqualTo(new Sample(418_764, 1_638, 213, 1_425, 1_425, 212));
    }

    @Test
    void jsonHasTheKeysOfTheDesign() throws Exception {
        Path summary = folder.resolve("summary.json");
        Command run =
                iopf.run("replay", "--maps", MAPS, "--json", summary, TRACE).succeeded();
        JsonObject json = Json.createReader(Files.newBufferedReader(summary)).readObject();
        assertThat(json.keySet())
                .containsAll(Set.of(
                        "backend",
                        "format",
                        "records",
                        "requests",
                        "groups",
                        "responses",
                        "stopMarkers",
                        "badRequests",
                        "unrecoverable",
                        "discardedPartials",
                        "overflows",
                        "timedOut",
                        "refused",
                        "accesses",
                        "failedAccesses",
                        "pagesPopulated",
                        "elapsedNanos",
                        "latencyNanos"));
        assertThat(json.getJsonObject("latencyNanos").keySet()).containsAll(Set.of("p50", "p99", "p999", "max"));
        assertThat(json.getJsonNumber("elapsedNanos").longValue()).isPositive();
        assertThat(run.out()).contains("1,638", "213", "1,425", "212", "areas that faulted most");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void withoutMapsEveryAccessIsGranted() throws Exception {
        JsonObject json = iopf.run("replay", "--json", "-", TRACE).succeeded().json();
        assertThat(json.getInt("failedAccesses")).isZero();
        assertThat(json.getJsonObject("responses").getInt("invalid")).isZero();
        assertThat(json.getJsonObject("responses").getInt("success")).isEqualTo(json.getInt("requests"));
        assertThat(json.getInt("pagesPopulated")).isPositive();
    }

    @Test
    void otherLinesAreSkippedAndAccessesStraddlePages() throws Exception {
        Path maps = Files.writeString(folder.resolve("two.maps"), "1000-3000 rw-p 00000000 00:00 0 \n");
        Path trace = Files.writeString(folder.resolve("short.lackey"), """
                ==1== Lackey, an example Valgrind tool
                 L 1ffc,8
                 S 2ffc,8
                I  9000,4
                """);
        JsonObject json = iopf.run("replay", "--maps", maps, "--json", "-", trace)
                .succeeded()
                .json();
        assertThat(json.getInt("accesses")).isEqualTo(3);
        // Pages 1 and 2 are read, 2 is written, 3 is in no area, nor is 9.
        assertThat(json.getJsonObject("responses").getInt("success")).isEqualTo(3);
        assertThat(json.getJsonObject("responses").getInt("invalid")).isEqualTo(2);
        assertThat(json.getInt("failedAccesses")).isEqualTo(2);
        assertThat(json.getInt("pagesPopulated")).isEqualTo(2);
    }

    @Test
    void platformFileIsTaken() throws Exception {
        Path platform = Built.file("itests/samples/platform.json");
        JsonObject json = iopf.run("replay", "--platform", platform, "--json", "-", TRACE)
                .succeeded()
                .json();
        assertThat(json.getInt("requests")).isEqualTo(1_638);
    }
}
