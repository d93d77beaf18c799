// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of a running platform, and what the platform says of a mistake. */
class OperateIT {
    private static final Path PLATFORM = Built.file("itests/samples/platform.json");

    @TempDir
    private Path folder;

    @Test
    void theShellShowsWhatRuns_inTablesThatFit_andAsJson() throws Exception {
        String commands = """
                trace on
                inject nic0 0x4846000 r
                trace off
                groups
                domains
                top
                health
                status
                handlers --json
                devices --json
                stats --watch 1
                help inject
                help newdriver
                newdriver --help
                exit 0
                """;
        Command run = Command.feed(Built.file("."), commands, "serve", "--platform", PLATFORM)
                .succeeded();
        assertThat(run.err()).doesNotContain("Exception");
        assertThat(run.out())
                .contains("healthy", "everything works", "\"heldGroups\": 0", "\"id\": \"00:02.0\"")
                .containsPattern("active +io.pgfault.vtd.unit~")
                .containsPattern("(?m)^ +groups +1 +0/s$")
                .containsPattern("request +dmar0 nic0 pasid [0-9]+ group [0-9]+ 0x4846000 r--- last")
                .containsPattern("response +dmar0 nic0 pasid [0-9]+ group [0-9]+ SUCCESS after ")
                .contains("for example: inject nic0 0x7f0000001000 rw")
                .contains("Makes a project for a driver bundle", "./iopf new handler my-handler");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 120);
    }

    @Test
    void aMistakeIsOneLine_andTheRestOfThePlatformRuns() throws Exception {
        Path watched = Files.createDirectory(folder.resolve("watched"));
        Files.writeString(watched.resolve("io.pgfault.endpoint.pcie-lost.cfg"), """
                io.pgfault.device.name=lost
                id=0x20
                unit.target=(io.pgfault.unit.name=dmar9)
                """);
        Files.writeString(watched.resolve("io.pgfault.vdt.unit-two.cfg"), "io.pgfault.unit.name=two\n");
        Files.writeString(watched.resolve("io.pgfault.core.cfg"), "deadline.milis=50\n");
        String commands = """
                inject nic0 0x4846000 r
                status
                exit 0
                """;
        Command run = Command.feed(
                        Built.file("."), commands, "serve", "--platform", PLATFORM, "--watch", watched.toString())
                .succeeded();
        assertThat(run.out())
                .contains("nic0 r 0x4846000: done")
                .containsPattern(
                        "waits +io.pgfault.endpoint.pcie~[^:]*: .*unit.target = \\(io.pgfault.unit.name=dmar9\\)"
                                + " matches no Unit; there are dmar0")
                .containsPattern("unknown +io.pgfault.vdt.unit~[^:]*: .* is it io.pgfault.vtd.unit\\?")
                .containsPattern("warning +io.pgfault.core: property deadline.milis = 50 .* is it deadline.millis\\?");
    }

    /** Each response that the replay counts is one event, with the same code. */
    @Test
    void aReplayIsRecordedAsAFlightRecording() throws Exception {
        Path file = folder.resolve("replay.jfr");
        JsonObject summary = Command.run(
                        Built.file("."),
                        "replay",
                        "--jfr",
                        file.toString(),
                        "--json",
                        "-",
                        "--maps",
                        "itests/samples/cat.maps",
                        "itests/samples/cat.lackey.gz")
                .succeeded()
                .json();
        Map<String, Long> events = RecordingFile.readAllEvents(file).stream()
                .collect(Collectors.groupingBy(event -> event.getEventType().getName(), Collectors.counting()));
        JsonObject responses = summary.getJsonObject("responses");
        long answered = Stream.of("success", "invalid", "failure")
                .mapToLong(code -> responses.getJsonNumber(code).longValue())
                .sum();
        assertThat(answered).isPositive();
        assertThat(events)
                .containsEntry("io.pgfault.Response", answered)
                .containsEntry(
                        "io.pgfault.Request", summary.getJsonNumber("requests").longValue())
                .containsEntry(
                        "io.pgfault.Group", summary.getJsonNumber("groups").longValue())
                .containsKey("io.pgfault.Handler");
    }
}
