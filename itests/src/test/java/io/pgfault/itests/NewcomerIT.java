// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first hour of a newcomer, as the lab's README has it: a shell runs each line literally, in a clean folder. */
class NewcomerIT {
    private static final Pattern SESSION = Pattern.compile("(?s)<!-- session: newcomer -->\\s*```\\n(.*?)\\n```");
    private static final String COMMAND = "$ ";
    private static final String TYPED = "g! ";
    private static final long PATIENCE_SECONDS = 240;
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

    @TempDir
    private Path folder;

    /** A command, and what is typed into its shell. */
    private record Step(String command, String input) {}

    private static List<Step> steps() throws IOException {
        Matcher session = SESSION.matcher(Files.readString(Built.file("bundles/io.pgfault.lab/README.md")));
        assertThat(session.find()).as("a session newcomer").isTrue();
        List<Step> steps = new ArrayList<>();
        for (String line : session.group(1).lines().toList()) {
            if (line.startsWith(COMMAND)) {
                steps.add(new Step(line.substring(COMMAND.length()), ""));
            } else {
                Step last = steps.remove(steps.size() - 1);
                steps.add(new Step(last.command, last.input + line.substring(TYPED.length()) + "\n"));
            }
        }
        return steps;
    }

    @Test
    void everyLineOfTheFirstHour_works() throws Exception {
        cleanFolder();
        List<String> outputs = new ArrayList<>();
        for (Step step : steps()) {
            if (step.command.contains("iopf record") && !valgrind()) {
                // The recording of the samples stands in; RecordCommandTest holds what the command says.
                Files.copy(Built.file("itests/samples/sort.iopf.gz"), folder.resolve("sorted.iopf"));
                Files.copy(Built.file("itests/samples/sort.maps"), folder.resolve("sorted.maps"));
            } else {
                outputs.add(run(step));
            }
        }
        assertThat(folder.resolve("memory/target/surefire-reports"))
                .isDirectoryContaining(path -> path.toString().endsWith("org.acme.memory.HandlerContainerTest.txt"))
                .isDirectoryContaining(path -> path.toString().endsWith("org.acme.memory.HandlerTest.txt"));
        assertThat(String.join("", outputs))
                .contains("16 of 16 checks of the conformance kit")
                .containsPattern("org.acme.memory +\\d+ +0.0 %")
                .containsPattern("sva +100 +no +org.acme.memory")
                .contains("nic0 r 0x4846000: done, 1 page request");
    }

    /** What a clone has beside what the lines make: the samples, and commands that use what this build has made. */
    private void cleanFolder() throws IOException {
        for (String shared : List.of("itests", "bundles")) {
            Files.createSymbolicLink(folder.resolve(shared), Built.file(shared).toAbsolutePath());
        }
        String java = Command.line().stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        script(
                folder.resolve("iopf"),
                "[ \"$1\" != new ] || exec '%s' \"$@\"%nexec %s \"$@\""
                        .formatted(Built.file("iopf").toAbsolutePath(), java));
        String repository = System.getProperty("maven.repo.local");
        script(
                Files.createDirectory(folder.resolve("bin")).resolve("mvn"),
                "PATH=\"$IOPF_PATH\"%nexec mvn --batch-mode -q %s \"$@\""
                        .formatted(repository == null ? "" : "'-Dmaven.repo.local=" + repository + "'"));
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private String run(Step step) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", step.command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        String path = System.getenv("PATH");
        builder.environment().put("IOPF_PATH", path);
        builder.environment().put("PATH", folder.resolve("bin") + File.pathSeparator + path);
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        Process process = builder.start();
        try (Writer typed = process.outputWriter()) {
            if (step.command.contains("--watch")) {
                // The bundle of the folder starts a moment later; a person asks again.
                await().atMost(START).pollInterval(ASK_AGAIN).until(() -> {
                    typed.write("handlers\n");
                    typed.flush();
                    return Files.readString(out).contains(" org.acme.memory/");
                });
            }
            typed.write(step.input);
            typed.close();
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends; it said %s", step.command, Files.readString(out))
                    .isTrue();
            assertThat(process.exitValue())
                    .as("%s; it said %s", step.command, Files.readString(out))
                    .isZero();
            return Files.readString(out);
        } finally {
            process.destroyForcibly();
        }
    }

    private static boolean valgrind() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(entry -> Files.isExecutable(Path.of(entry, "valgrind")));
    }
}
