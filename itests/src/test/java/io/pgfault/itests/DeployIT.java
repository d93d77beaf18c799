// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other people's bundles in {@code iopf serve}: installed by name, and dropped into a folder while faults flow. */
class DeployIT {
    private static final Path PLATFORM = Built.file("itests/samples/platform.json");
    private static final Path PREFAULT = Built.file("itests/prefault/target/com.example.prefault-1.0.0.jar");
    private static final String PREFAULT_LINE = "(?s).*sva +100 +no +com.example.prefault.*";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** 342 readable pages of the sample's process, see cat.maps. */
    private static final long PAGES = 0x486_c000L;

    private static final int PAGE_COUNT = 342;

    @TempDir
    private Path folder;

    @Test
    void installedByName() throws Exception {
        Command run = Command.feed(
                        folder, "handlers\nexit 0\n", "serve", "--platform", platformHere(), "--install", PREFAULT)
                .succeeded();
        assertThat(run.out()).matches(PREFAULT_LINE);
    }

    @Test
    void refusesWhatIsNoBundleOrNoFolder() throws Exception {
        Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
        Command.run(folder, "serve", "--platform", PLATFORM, "--install", "gone.jar")
                .refused("gone.jar");
        Command.run(folder, "serve", "--platform", PLATFORM, "--install", text).refused("text.jar");
        Command.run(folder, "serve", "--platform", PLATFORM, "--watch", "gone").refused("gone");
    }

    @Test
    void droppedIntoTheFolderItTakesOver_deletedThePreviousOneIsBack_nothingIsLost() throws Exception {
        Path watched = Files.createDirectory(folder.resolve("watched"));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(
                        Command.line("serve", "--platform", platformHere().toString(), "--watch", watched.toString()))
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try (BufferedWriter shell = process.outputWriter(StandardCharsets.UTF_8)) {
            Shell session = new Shell(shell, out);
            session.untilHandlers(handlers -> !handlers.matches(PREFAULT_LINE));
            Path jar = watched.resolve("prefault.jar");
            Files.copy(PREFAULT, watched.resolve("prefault.part"));
            Files.move(watched.resolve("prefault.part"), jar, StandardCopyOption.ATOMIC_MOVE);
            session.untilHandlers(handlers -> handlers.matches(PREFAULT_LINE));
            Files.delete(jar);
            session.untilHandlers(handlers -> !handlers.matches(PREFAULT_LINE));
            session.type("exit 0");
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("exits").isTrue();
            assertThat(process.exitValue()).isZero();
            String said = Files.readString(out);
            long done = said.lines().filter(line -> line.contains(": done, ")).count();
            assertThat(done)
                    .as("accesses that were made while handlers changed")
                    .isEqualTo(session.accesses);
            assertThat(said).as("a page that the dropped handler had populated").contains(": done, 0 page requests");
            assertThat(Files.readString(err)).doesNotContain("Exception");
            assertThat(folder.resolve("load"))
                    .as("a folder that nobody asked for")
                    .doesNotExist();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whatCantBeTaken_isNamed_andConfigurationsAreTaken() throws Exception {
        Path watched = Files.createDirectory(folder.resolve("mixed"));
        Files.writeString(watched.resolve("text.jar"), "no jar");
        Files.writeString(watched.resolve("notes.txt"), "no bundle");
        Files.writeString(watched.resolve("broken.json"), "{");
        Files.writeString(watched.resolve("io.pgfault.vtd.unit-three.cfg"), "io.pgfault.unit.name=three\n");
        Files.writeString(watched.resolve("two.json"), """
                { ":configurator:resource-version": 1,
                  "io.pgfault.vtd.unit~two": { "io.pgfault.unit.name": "two" } }
                """);
        try (OutputStream jar = Files.newOutputStream(watched.resolve("needs.jar"))) {
            Manifest manifest = new Manifest();
            manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
            manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
            manifest.getMainAttributes().putValue("Bundle-SymbolicName", "needs.more");
            manifest.getMainAttributes().putValue("Import-Package", "no.such");
            new JarOutputStream(jar, manifest).close();
        }
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(
                        Command.line("serve", "--platform", platformHere().toString(), "--watch", watched.toString()))
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try (BufferedWriter shell = process.outputWriter(StandardCharsets.UTF_8)) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(Files.readString(err))
                    .contains("text.jar: not a bundle", "notes.txt: neither a bundle")
                    .contains("broken.json: not a Configurator resource", "two.json: configured")
                    .containsPattern("needs.jar: can't be started: .*no.such")
                    .doesNotContain("\tat "));
            await().atMost(PATIENCE).until(() -> {
                shell.write("units\n");
                shell.flush();
                return Files.readString(out).matches("(?s).*three +vtd.*two +vtd.*");
            });
            shell.write("exit 0\n");
            shell.flush();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("exits").isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** The sample platform; its maps are named from the repository's root. */
    private Path platformHere() throws IOException {
        String json = Files.readString(PLATFORM)
                .replace(
                        "itests/samples/cat.maps",
                        Built.file("itests/samples/cat.maps").toAbsolutePath().toString());
        return Files.writeString(folder.resolve("platform.json"), json);
    }

    /** What is typed: accesses all the time, and now and then which handlers there are. */
    private static final class Shell {
        private final BufferedWriter in;
        private final Path out;
        private int accesses;

        Shell(BufferedWriter in, Path out) {
            this.in = in;
            this.out = out;
        }

        void type(String line) throws IOException {
            in.write(line + "\n");
            in.flush();
        }

        /** Accesses pages until the list of handlers is as expected. */
        void untilHandlers(Predicate<String> expected) throws Exception {
            long end = System.nanoTime() + PATIENCE.toNanos();
            String handlers;
            do {
                assertThat(System.nanoTime())
                        .as("in time; so far %s", Files.readString(out))
                        .isLessThan(end);
                int tables = count("domain kind");
                for (int i = 0; i < 4; i++) {
                    long page = PAGES + 4096L * (accesses++ % PAGE_COUNT);
                    type("inject nic0 0x" + Long.toHexString(page) + " r");
                }
                type("handlers");
                handlers = answer(tables);
            } while (!expected.test(handlers));
        }

        /** The table that comes after so many others: it is whole when the shell has answered the next line. */
        private String answer(int tables) throws Exception {
            type("inject nic0 0x" + Long.toHexString(PAGES + 4096L * (accesses++ % PAGE_COUNT)) + " r");
            await().atMost(PATIENCE)
                    .until(() -> count(": done, ") + count(": invalid, ") == accesses && count("domain kind") > tables);
            String said = Files.readString(out);
            return said.substring(said.lastIndexOf("domain kind"));
        }

        private int count(String word) throws IOException {
            return Files.readString(out).split(Pattern.quote(word), -1).length - 1;
        }
    }
}
