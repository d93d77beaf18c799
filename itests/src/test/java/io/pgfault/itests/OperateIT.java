// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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

    /** Every listing, with names of seventy letters; and what stats prints, its help explains. */
    @Test
    void tablesFitWhateverNamesTheyHold_andHelpHasAnExample() throws Exception {
        String long70 = "a-name-that-an-operator-of-a-large-house-gives-to-things-of-every-kind";
        Path platform = Files.writeString(
                folder.resolve("long.json"),
                Files.readString(PLATFORM)
                        .replaceAll("(name\"?[:=] ?\"?)(dmar0|cat|nic0)", "$1$2-" + long70)
                        .replace(
                                "itests/samples/cat.maps",
                                PLATFORM.resolveSibling("cat.maps").toString()));
        StringBuilder commands = new StringBuilder("inject nic0-" + long70 + " 0x4846000 r\n");
        List<String> listings = List.of("units", "devices", "domains", "handlers", "groups", "stats", "top", "health");
        listings.forEach(listing -> commands.append("echo part:%1$s\n%1$s\n".formatted(listing)));
        List<String> verbs = Stream.concat(
                        listings.stream(),
                        Stream.of("inject", "attach", "detach", "trace", "status", "replay", "decode"))
                .toList();
        verbs.forEach(verb -> commands.append("echo part:help-%1$s\n%1$s --help\n".formatted(verb)));
        Command run = Command.feed(folder, commands + "exit 0\n", "serve", "--platform", platform)
                .succeeded();
        assertThat(run.out()).contains("done, 1 page request");
        Map<String, String> parts = Stream.of(run.out().replace("g! ", "").split("part:", -1))
                .skip(1)
                .collect(Collectors.toMap(
                        part -> part.substring(0, part.indexOf('\n')), part -> part.substring(part.indexOf('\n'))));
        listings.forEach(
                listing -> assertThat(parts.get(listing).lines()).as(listing).allMatch(line -> line.length() <= 100));
        verbs.forEach(verb -> assertThat(parts.get("help-" + verb)).contains("Example", verb + " "));
        Path screens = Files.createDirectories(Built.file("itests/target/screens"));
        for (String listing : listings) {
            String screen = parts.get(listing).strip();
            Files.writeString(screens.resolve(listing + ".txt"), screen);
            Files.writeString(screens.resolve(listing + ".svg"), picture(screen));
        }
        String help = parts.get("help-stats");
        parts.get("stats").lines().filter(line -> line.startsWith("  ")).forEach(line -> {
            String name = line.strip().split(" {2,}", -1)[0];
            assertThat(help.lines())
                    .as("stats explains %s", name)
                    .anyMatch(text -> text.strip().toLowerCase(Locale.ROOT).startsWith(name + " "));
        });
    }

    /** A terminal of 100 columns as a picture. */
    private static String picture(String screen) {
        List<String> lines = screen.lines().toList();
        StringBuilder svg = new StringBuilder(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"><rect width=\"100%%\" height=\"100%%\" fill=\"#111\"/><g font-family=\"monospace\" font-size=\"14\" fill=\"#ddd\">"
                        .formatted(100 * 9 + 20, lines.size() * 18 + 20));
        for (int i = 0; i < lines.size(); i++) {
            svg.append("<text x=\"10\" y=\"%d\" xml:space=\"preserve\">".formatted(24 + 18 * i))
                    .append(lines.get(i).replace("&", "&amp;").replace("<", "&lt;"))
                    .append("</text>");
        }
        return svg.append("</g></svg>").toString();
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
