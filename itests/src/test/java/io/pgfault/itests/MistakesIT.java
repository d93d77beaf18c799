// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mistake is one line in the log, without a person asking for it. */
class MistakesIT {
    private static final Duration START = Duration.ofSeconds(60);
    private static final String PLATFORM = """
            {
              ":configurator:resource-version": 1,
              "io.pgfault.vtd.unit~a": {"io.pgfault.unit.name": "dmar0"},
              "io.pgfault.vtd.unit~b": {"io.pgfault.unit.name": "dmar1"},
              "io.pgfault.sva.space~s": {"io.pgfault.address.space.name": "cat"},
              "io.pgfault.endpoint.pcie~nic0": {
                "io.pgfault.device.name": "nic0", "id": "00:02.0", "unit.target": "(io.pgfault.unit.name=dmar0)"
              },
              "io.pgfault.endpoint.pcie~any": {"io.pgfault.device.name": "any", "id": "00:03.0"}
            }
            """;
    /** Unit or instance, property, value, what is allowed or what to do: one line each. */
    private static final List<String> LINES = List.of(
            "io\\.pgfault\\.core: property deadline\\.milis = 50 is not known and has no effect; is it"
                    + " deadline\\.millis\\?",
            "io\\.pgfault\\.vdt\\.unit~[^:]+: no started bundle has a component of PID io\\.pgfault\\.vdt\\.unit; is it"
                    + " io\\.pgfault\\.vtd\\.unit\\?",
            "io\\.pgfault\\.endpoint\\.pcie~[^:]+: unit\\.target = \\(io\\.pgfault\\.unit\\.name=dmar9\\) matches no"
                    + " Unit; there are dmar0, dmar1",
            "io\\.pgfault\\.endpoint\\.pcie~any: unit\\.target is not set, and 2 services could be meant: dmar0, dmar1",
            "handler [^:]+: io\\.pgfault\\.domain\\.kind = svaa, and no domain has that kind; is it sva\\?");

    @TempDir
    private Path folder;

    @Test
    void eachMistakeIsWarnedOfOnce_filesAreTakenOrNamed_andThePlatformRuns() throws Exception {
        Path platform = Files.writeString(folder.resolve("platform.json"), PLATFORM);
        Path handler = folder.resolve("handler.jar");
        Files.copy(TestBundle.of(MisspeltHandler.class, MisspeltHandler.IMPORTS).stream(), handler);
        Path watched = Files.createDirectory(folder.resolve("watched"));
        Path core = Files.writeString(watched.resolve("io.pgfault.core.cfg"), "deadline.milis=50\n");
        Path notes = Files.writeString(watched.resolve("notes.cfg"), "buy=milk\n");
        Path json = Files.writeString(watched.resolve("more.json"), "{\"io.pgfault.vtd.unit~c\": 7}");
        Files.writeString(
                watched.resolve("io.pgfault.smmuv3.unit-small.cfg"), "io.pgfault.unit.name=small\nstall.max=0\n");
        Files.writeString(
                watched.resolve("io.pgfault.sva.space-lost.cfg"),
                "io.pgfault.address.space.name=lost\nmaps=/nowhere.maps\n");
        Files.writeString(watched.resolve("io.pgfault.vdt.unit-two.cfg"), "io.pgfault.unit.name=two\n");
        Files.writeString(watched.resolve("io.pgfault.endpoint.pcie-lost.cfg"), """
                io.pgfault.device.name=lost
                id=0x20
                unit.target=(io.pgfault.unit.name=dmar9)
                """);
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(
                        Command.line("serve", "--platform", platform, "--install", handler, "--watch", watched))
                .directory(folder.toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(err.toFile())
                .start();
        try {
            for (String line : LINES) {
                await().atMost(START).untilAsserted(() -> assertThat(Files.readString(err))
                        .containsPattern("(?m)^iopf: WARNING: " + line + "$"));
            }
            await().atMost(START).untilAsserted(() -> assertThat(Files.readString(err))
                    .contains(
                            core + ": configured io.pgfault.core",
                            notes + ": no started bundle takes a configuration of PID notes",
                            json + ": "));
            // A change that leaves the mistakes as they are: nothing is said again.
            Path again = Files.writeString(watched.resolve("io.pgfault.vtd.unit-third.cfg"), """
                    io.pgfault.unit.name=dmar3
                    five.levels=true
                    """);
            await().atMost(START).untilAsserted(() -> assertThat(Files.readString(err))
                    .contains(again + ": configured")
                    .containsPattern("io.pgfault.vtd.unit~[^:]+: property five.levels = true .* is it five.level\\?"));
            String all = Files.readString(err);
            // A component that can tell the operator itself does so at each start, which the changed core may bring
            // again. Status has the same words, and the log has them from no other place.
            assertThat(all)
                    .contains("iopf: WARNING: small: there is no such unit of io.pgfault.smmuv3.unit: stall.max is 0,")
                    .contains("iopf: WARNING: address space 'lost': can't read /nowhere.maps")
                    .doesNotContain("WARNING: io.pgfault.smmuv3.unit~", "WARNING: io.pgfault.sva.space~");
            try (Writer shell = process.outputWriter()) {
                shell.write("status\nexit 0\n");
            }
            await().atMost(START).untilAsserted(() -> assertThat(Files.readString(folder.resolve("out")))
                    .containsPattern("failed +io.pgfault.smmuv3.unit~[^:]+: small: stall.max is 0, must be 1 to 65536")
                    .containsPattern("failed +io.pgfault.sva.space~[^:]+: address space 'lost': can't read /nowhere"));
            for (String line : LINES.subList(0, 2)) {
                assertThat(Pattern.compile(line).matcher(all).results().count())
                        .as(line)
                        .isEqualTo(1);
            }
            process.destroy();
            assertThat(process.waitFor(START.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }
}
