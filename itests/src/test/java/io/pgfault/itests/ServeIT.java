// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf serve}: the verbs in the shell, and how it ends. */
class ServeIT {
    private static final Path PLATFORM = Built.file("itests/samples/platform.json");
    private static final Duration START = Duration.ofSeconds(60);
    /** What ends when it was asked to, ends within this. */
    private static final long END_SECONDS = 2;

    @TempDir
    private Path folder;

    @Test
    void shellHasTheVerbs() throws Exception {
        // Bytes 0x4846000 to 0x4847000 are readable in the sample's process, as are bytes 0x4847000 on; 0x10 is not.
        String commands = """
                units
                devices
                handlers
                inject nic0 0x4846000 r
                inject nic0 0x10 r
                stats
                exit 0
                """;
        Command run = Command.feed(Built.file("."), commands, "serve", "--platform", PLATFORM)
                .succeeded();
        assertThat(run.err()).contains("serving 1 units and 1 devices of").doesNotContain("Exception");
        assertThat(run.out())
                .containsPattern("dmar0 +vtd +1 +0 +0")
                .containsPattern("nic0 +dmar0 +0x10 +0 +0 +0")
                .containsPattern("sva +0 +no +io.pgfault.sva")
                .contains("nic0 r 0x4846000: done, 1 page request")
                .contains("nic0 r 0x10: invalid, 1 page request")
                .containsPattern("(?m)^ +groups +2$")
                .containsPattern("(?m)^ +success +1$")
                .containsPattern("(?m)^ +invalid +1$");
    }

    @Test
    void staysWithoutAShellUntilItIsAskedToStop() throws Exception {
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        Built.jar().toString(),
                        "serve",
                        "--no-shell",
                        "--platform",
                        PLATFORM.toString())
                .directory(Built.file(".").toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(err.toFile())
                .start();
        try {
            await().atMost(START).until(() -> Files.readString(err).contains("serving 1 units and 1 devices of"));
            assertThat(process.isAlive()).isTrue();
            process.destroy(); // SIGTERM
            assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS))
                    .as("ends within %d s", END_SECONDS)
                    .isTrue();
            assertThat(Files.readString(err)).doesNotContain("Exception");
        } finally {
            process.destroyForcibly();
        }
    }
}
