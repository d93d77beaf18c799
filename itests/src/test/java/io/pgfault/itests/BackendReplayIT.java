// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One program's memory accesses come to the same whichever unit and device they go through. */
@ExtendWith(RunningJar.Once.class)
class BackendReplayIT {
    private static final Path TRACE = Built.file("itests/samples/cat.lackey.gz");
    private static final Path MAPS = Built.file("itests/samples/cat.maps");

    private final RunningJar iopf;

    BackendReplayIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @ParameterizedTest
    @CsvSource({"vtd, pcie", "smmuv3, ''", "smmuv3, pri"})
    void sampleComesToTheSame(String backend, String endpoint) throws Exception {
        Sample expected = Sample.compute(TRACE, MAPS);
        List<Object> kind = endpoint.isEmpty() ? List.of() : List.of("--endpoint", endpoint);
        List<Object> line = new ArrayList<>(List.of("replay", "--backend", backend));
        line.addAll(kind);
        line.addAll(List.of("--maps", MAPS, "--json", "-", TRACE));
        JsonObject json = iopf.run(line.toArray()).succeeded().json();
        assertThat(json.getString("backend")).isEqualTo(backend);
        JsonObject responses = json.getJsonObject("responses");
        assertThat(new Sample(
                        json.getInt("accesses"),
                        json.getInt("requests"),
                        responses.getInt("success"),
                        responses.getInt("invalid"),
                        json.getInt("failedAccesses"),
                        json.getInt("pagesPopulated")))
                .isEqualTo(expected);
        assertThat(json.getInt("groups")).isEqualTo(json.getInt("requests"));
        assertThat(responses.getInt("failure")).isZero();
    }
}
