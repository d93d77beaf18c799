// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf compare} with the sample handlers of this repository, on a program's accesses. */
@ExtendWith(RunningJar.Once.class)
class CompareIT {
    private static final List<String> POLICIES = List.of("prefault", "faultaround", "stride", "adaptive", "wholearea");

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    CompareIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    private static List<Object> line(String... options) {
        List<Object> line = new ArrayList<>(List.of("compare", "--maps", Built.file("itests/samples/cat.maps")));
        for (String policy : POLICIES) {
            line.add("--handler");
            line.add(Built.file("itests/%s/target/com.example.%1$s-1.0.0.jar".formatted(policy)));
        }
        line.addAll(List.of(options));
        line.add(Built.file("itests/samples/cat.lackey.gz"));
        return line;
    }

    @Test
    void twoRuns_areEqualBitForBit_andNoHandlerBeatsTheOracle() throws Exception {
        Path plot = folder.resolve("compare.svg");
        List<Object> drawn = line("--json", "-", "--jitter", "200", "--seed", "3", "--plot", plot.toString());
        Command first = iopf.run(drawn.toArray()).succeeded();
        String picture = Files.readString(plot);
        Command second = iopf.run(drawn.toArray()).succeeded();
        assertThat(second.out()).isEqualTo(first.out());
        assertThat(Files.readString(plot)).isEqualTo(picture);
        assertThat(picture).startsWith("<svg").contains("polyline", "com.example.stride", "cat.lackey.gz");

        JsonObject trace = first.json().getJsonArray("traces").getJsonObject(0);
        JsonObject oracle = trace.getJsonObject("oracle");
        List<JsonObject> handlers = trace.getJsonArray("handlers").getValuesAs(JsonObject.class);
        assertThat(handlers)
                .extracting(handler -> handler.getString("handler"))
                .containsExactly(
                        "sva",
                        "com.example.prefault",
                        "com.example.faultaround",
                        "com.example.stride",
                        "com.example.adaptive",
                        "com.example.wholearea");
        // What replay counts of the same file: README.md.
        assertThat(handlers.get(0).getInt("requests")).isEqualTo(1_638);
        assertThat(handlers.get(0).getInt("populated")).isEqualTo(212);
        for (JsonObject handler : handlers) {
            String name = handler.getString("handler");
            assertThat(handler.getInt("accesses")).as(name).isEqualTo(oracle.getInt("accesses"));
            assertThat(handler.getInt("failed")).as(name).isEqualTo(oracle.getInt("failed"));
            assertThat(handler.getInt("groups")).as(name).isGreaterThanOrEqualTo(handler.getInt("leastGroups"));
            assertThat(handler.getInt("populated") - handler.getInt("unused"))
                    .as(name)
                    .isEqualTo(oracle.getInt("pages"));
            assertThat(handler.getJsonNumber("waitedNanos").longValue())
                    .as(name)
                    .isGreaterThan(oracle.getJsonNumber("waitedNanos").longValue());
        }
        assertThat(handlers.subList(1, handlers.size()))
                .as("a policy that guesses saves requests here")
                .allMatch(handler -> handler.getInt("requests") < 1_638);
    }

    @Test
    void theTableIsForPeople_pngToo_andRealThreadsCountTheSame() throws Exception {
        Path plot = folder.resolve("compare.png");
        Command run =
                iopf.run(line("--real", "--plot", plot.toString()).toArray()).succeeded();
        assertThat(run.out()).contains("handlers measured", "oracle", "avoided").containsPattern("sva +1,638 ");
        assertThat(Files.readAllBytes(plot)).startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    void badUsageIsRefusedInOneLine() throws Exception {
        Path trace = Built.file("itests/samples/cat.lackey.gz");
        iopf.run("compare", "--handler", "none.jar", trace).refused("none.jar", "no such bundle");
        iopf.run("compare", "--handler", trace, trace).refused("not a bundle");
    }
}
