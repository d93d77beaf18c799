// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the results of the lab say of the sample policies on four traces, and on what {@code iopf record} makes. */
@ExtendWith(RunningJar.Once.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResultsIT {
    private static final String RESULTS = "bundles/io.pgfault.lab/RESULTS.md";
    private static final List<String> POLICIES = List.of("prefault", "faultaround", "stride", "adaptive", "wholearea");

    /** The traces of the table by their names there, with their maps. */
    private static final List<Sample> SAMPLES = List.of(
            new Sample("cat", "cat.lackey.gz", "cat.maps"),
            new Sample("prq", "sample.prq", "cat.maps"),
            new Sample("sort", "sort.iopf.gz", "sort.maps"),
            new Sample("sha256sum", "sha256sum.iopf.gz", "sha256sum.maps"));

    private final RunningJar iopf;

    @TempDir
    private static Path pictures;

    @TempDir
    private Path folder;

    private Path plot;
    private List<JsonObject> published;

    ResultsIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    private record Sample(String name, String trace, String maps) {}

    /** The same words as a reader of the page types, from the same folder: the picture has the names of the files. */
    private List<JsonObject> compare(String... options) throws Exception {
        List<Object> line = new ArrayList<>(List.of("compare", "--json", "-"));
        for (String policy : POLICIES) {
            line.addAll(List.of("--handler", "itests/%s/target/com.example.%1$s-1.0.0.jar".formatted(policy)));
        }
        SAMPLES.forEach(sample -> line.addAll(List.of("--maps", "itests/samples/" + sample.maps)));
        line.addAll(List.of(options));
        SAMPLES.forEach(sample -> line.add("itests/samples/" + sample.trace));
        return iopf.run(line.toArray())
                .succeeded()
                .json()
                .getJsonArray("traces")
                .getValuesAs(JsonObject.class);
    }

    @BeforeAll
    void compareWithTheDefaults() throws Exception {
        plot = pictures.resolve("compare.svg");
        published = compare("--plot", plot.toString());
    }

    @Test
    void theTableAndThePictureOfTheReadme_areWhatCompareSays() throws Exception {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < SAMPLES.size(); i++) {
            String name = SAMPLES.get(i).name;
            for (JsonObject handler : handlers(published.get(i))) {
                rows.add(String.format(
                        Locale.ROOT,
                        "| %s | %s | %,d | %.1f %% | %.2f ms | %,d | %,d | %,d |",
                        name,
                        handler.getString("handler").replace("com.example.", ""),
                        handler.getInt("requests"),
                        100 * handler.getJsonNumber("avoided").doubleValue(),
                        waited(handler) / 1e6,
                        handler.getInt("populated"),
                        handler.getInt("unused"),
                        handler.getInt("ahead")));
                name = "";
            }
            JsonObject oracle = published.get(i).getJsonObject("oracle");
            rows.add(String.format(
                    Locale.ROOT,
                    "| | *oracle* | %,d | | %.2f ms | %,d | 0 | |",
                    oracle.getInt("groups"),
                    waited(oracle) / 1e6,
                    oracle.getInt("pages")));
        }
        String page = Files.readString(Built.file(RESULTS));
        String table = page.substring(page.indexOf("<!-- results -->"));
        assertThat(table.substring(0, table.indexOf("\n\n")).lines().skip(3)).containsExactlyElementsOf(rows);
        assertThat(plot).hasSameTextualContentAs(Built.file("bundles/io.pgfault.lab/compare.svg"));
    }

    @Test
    void theOrderOfTheHandlers_isTheSameWithOtherCosts() throws Exception {
        List<List<String>> order = order(published);
        assertThat(order(costs(8_700 / 2, 930 * 2, 1_500 * 2, 500 * 2, 4_200 * 2)))
                .isEqualTo(order);
        assertThat(order(costs(8_700 * 2, 930 / 2, 1_500 / 2, 500 / 2, 4_200 / 2)))
                .isEqualTo(order);
    }

    private List<JsonObject> costs(int fault, int translate, int call, int populate, int invalidate) throws Exception {
        return compare(Map.of(
                        "--fault-nanos",
                        fault,
                        "--translate-nanos",
                        translate,
                        "--call-nanos",
                        call,
                        "--populate-nanos",
                        populate,
                        "--invalidate-nanos",
                        invalidate)
                .entrySet()
                .stream()
                .flatMap(option -> Stream.of(option.getKey(), option.getValue().toString()))
                .toArray(String[]::new));
    }

    /** The handlers of each trace, the one first under which the device waits least. */
    private static List<List<String>> order(List<JsonObject> traces) {
        return traces.stream()
                .map(trace -> handlers(trace).stream()
                        .sorted(Comparator.comparingLong(ResultsIT::waited))
                        .map(handler -> handler.getString("handler"))
                        .toList())
                .toList();
    }

    private static List<JsonObject> handlers(JsonObject trace) {
        return trace.getJsonArray("handlers").getValuesAs(JsonObject.class);
    }

    private static long waited(JsonObject counted) {
        return counted.getJsonNumber("waitedNanos").longValue();
    }

    /**
     * {@code iopf record} on a machine with Valgrind; on another machine the command says how to get it, and the
     * recordings in the samples stand in.
     */
    @Test
    void twoProgramsAreRecorded_andNoHandlerBeatsTheOracleOnThem() throws Exception {
        List<Object> line = new ArrayList<>(List.of("compare", "--json", "-"));
        for (String policy : POLICIES) {
            line.addAll(
                    List.of("--handler", Built.file("itests/%s/target/com.example.%1$s-1.0.0.jar".formatted(policy))));
        }
        List<Path> traces = new ArrayList<>();
        for (String program : List.of("sort", "sha256sum")) {
            Command recorded = Command.run(
                    folder, "record", "--out", program, "--", program, Built.file("bundles/io.pgfault.api/RULES.md"));
            Path trace = folder.resolve(program + ".iopf");
            Path maps = folder.resolve(program + ".maps");
            if (valgrind()) {
                assertThat(recorded.succeeded().out())
                        .contains("accesses in " + program + ".iopf", "areas in " + program + ".maps");
            } else {
                recorded.refused("record needs Valgrind", "apt install valgrind");
                trace = Built.file("itests/samples/%s.iopf.gz".formatted(program));
                maps = Built.file("itests/samples/%s.maps".formatted(program));
            }
            line.addAll(List.of("--maps", maps));
            traces.add(trace);
        }
        line.addAll(traces);
        List<JsonObject> compared = iopf.run(line.toArray())
                .succeeded()
                .json()
                .getJsonArray("traces")
                .getValuesAs(JsonObject.class);
        assertThat(compared).hasSize(2);
        for (JsonObject trace : compared) {
            JsonObject oracle = trace.getJsonObject("oracle");
            assertThat(oracle.getInt("accesses")).isGreaterThan(100_000);
            assertThat(handlers(trace)).hasSize(POLICIES.size() + 1).allSatisfy(handler -> {
                assertThat(handler.getInt("failed")).isEqualTo(oracle.getInt("failed"));
                assertThat(handler.getInt("groups")).isGreaterThanOrEqualTo(handler.getInt("leastGroups"));
                assertThat(handler.getInt("populated") - handler.getInt("unused"))
                        .isEqualTo(oracle.getInt("pages"));
                assertThat(waited(handler)).isGreaterThanOrEqualTo(waited(oracle));
            });
        }
    }

    private static boolean valgrind() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "valgrind")));
    }
}
