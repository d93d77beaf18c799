// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf serve}: the verbs in the shell, and how it ends. */
class ServeIT {
    private static final Path PLATFORM = Built.file("itests/samples/platform.json");
    private static final Duration START = Duration.ofSeconds(60);
    /** What ends when it was asked to, ends within this. */
    private static final long END_SECONDS = 2;
    /** The command gives the framework 15 s. */
    private static final long STOP_SECONDS = 20;

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
        assertThat(run.err()).contains("serving 1 unit and 1 device of").doesNotContain("Exception");
        assertThat(run.out())
                .as("exit is quiet")
                .doesNotContain("Exception")
                .containsPattern("dmar0 +vtd +1 +0 +0")
                .containsPattern("nic0 +dmar0 +00:02.0 .*:.* +0 +0 +0 +0 +0 +0")
                .containsPattern("sva +0 +no +io.pgfault.sva")
                .contains("nic0 r 0x4846000: done, 1 page request")
                .contains("nic0 r 0x10: invalid, 1 page request")
                .containsPattern("(?m)^ +groups +2$")
                .containsPattern("(?m)^ +success +1$")
                .containsPattern("(?m)^ +invalid +1$");
    }

    /** The sample platform for user space, from a folder of this test's: that is where the socket goes. */
    @Test
    void anotherProcessResolvesTheFaultsOfAUserDomain() throws Exception {
        Path memory = Files.write(folder.resolve("memory"), new byte[16 * 4096]);
        String commands = """
                domains
                inject nic0 0x1000 rw
                inject nic0 0x1008 w
                inject nic0 0x2000 r --pasid 9
                attach nic0 vm0 --pasid 9
                inject nic0 0x2000 r --pasid 9
                detach nic0 --pasid 9
                inject nic0 0x2000 r --pasid 9
                attach nic0 vm7
                exit 0
                """;
        try (GrantingClient client = new GrantingClient(folder.resolve("vm0.sock"), memory)) {
            Command run = Command.feed(folder, commands, "serve", "--platform", Built.file("itests/samples/user.json"))
                    .succeeded();
            assertThat(run.err())
                    .contains("no domain vm7; the command domains lists the domains")
                    .doesNotContain("Exception");
            assertThat(run.out())
                    .containsPattern("vm0 +user")
                    .containsSubsequence(
                            "nic0 rw 0x1000: done, 1 page request",
                            "nic0 w 0x1008: done, 0 page requests",
                            "nic0 r 0x2000: invalid, 1 page request",
                            "nic0 pasid 9 attached to vm0",
                            "nic0 r 0x2000: done, 1 page request",
                            "nic0 pasid 9 detached",
                            "nic0 r 0x2000: invalid, 1 page request");
            assertThat(client.groups()).isEqualTo(2);
        }
        assertThat(Files.readAllBytes(memory)).startsWith(new byte[4096]).contains(GrantingClient.content(0x1000));
        assertThat(folder.resolve("vm0.sock")).doesNotExist();
    }

    @Test
    void staysWithoutAShellUntilItIsAskedToStop() throws Exception {
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(Command.line("serve", "--no-shell", "--platform", PLATFORM.toString()))
                .directory(Built.file(".").toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(err.toFile())
                .start();
        try {
            await().atMost(START).until(() -> Files.readString(err).contains("serving 1 unit and 1 device of"));
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

    /** A replay in a running platform takes nothing from it: neither its configurations nor its names. */
    @Test
    void aReplayOfTheSamePlatform_isRefused_andTheUnitsStay() throws Exception {
        String commands = """
                replay --platform itests/samples/platform.json itests/samples/cat.lackey.gz
                units
                inject nic0 0x4846000 r
                inject
                exit 0
                """;
        Command run = Command.feed(Built.file("."), commands, "serve", "--platform", PLATFORM)
                .succeeded();
        assertThat(run.err())
                .contains("\"dmar0\" is taken in this platform", "leave --platform out")
                .contains("Missing required parameters: 'DEVICE', 'ADDRESS'", "see inject --help")
                .doesNotContain("iopf help", "Exception");
        assertThat(run.out()).containsPattern("dmar0 +vtd +1 +0 +0").contains("nic0 r 0x4846000: done");
    }

    @Test
    void r07_theFrameworkStopsBeforeTheProcess_afterExitAndEndOfInput() throws Exception {
        Path jar = farewell();
        for (String input : List.of("exit 0\n", "units\n")) {
            Path file = folder.resolve("stopped");
            Command.feed(Built.file("."), input, "serve", "--platform", PLATFORM, "--install", jar)
                    .succeeded();
            assertThat(file).as("written by the bundle's stop, after %s", input).hasContent("stopped");
            Files.delete(file);
        }
    }

    @Test
    void r07_theFrameworkStopsBeforeTheProcess_atSigterm() throws Exception {
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(Command.line(
                        "serve",
                        "--no-shell",
                        "--platform",
                        PLATFORM.toString(),
                        "--install",
                        farewell().toString()))
                .directory(Built.file(".").toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(err.toFile())
                .start();
        try {
            await().atMost(START).until(() -> Files.readString(err).contains("serving 1 unit and 1 device of"));
            process.destroy(); // SIGTERM
            assertThat(process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as("128 + SIGTERM").isEqualTo(128 + 15);
            assertThat(folder.resolve("stopped")).hasContent("stopped");
        } finally {
            process.destroyForcibly();
        }
    }

    /** Makes a bundle that writes the file {@code stopped} beside its jar when the framework stops the bundle. */
    private Path farewell() throws Exception {
        Path jar = folder.resolve("farewell.jar");
        Files.copy(
                TestBundle.of(Farewell.class, "org.osgi.framework").stream(), jar, StandardCopyOption.REPLACE_EXISTING);
        return jar;
    }
}
