// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad usage and unreadable input: exit code 2, one clear line that names the thing, no stack trace. What is refused
 * before a service is asked has its tests in the bundle io.pgfault.cli, where a refusal needs no process.
 */
@ExtendWith(RunningJar.Once.class)
class BadInputIT {
    private static final Path TRACE = Built.file("itests/samples/cat.lackey.gz");

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    BadInputIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @Test
    void missingFile() throws Exception {
        iopf.run("replay", "no-such-file.prq").refused("no-such-file.prq");
    }

    @Test
    void wrongFormat() throws Exception {
        iopf.run("replay", "--format", "prq", Built.file("itests/samples/cat.maps"))
                .refused("cat.maps");
        iopf.run("replay", "--format", "lackey", Built.file("itests/samples/cat.maps"))
                .refused("cat.maps");
    }

    @Test
    void unknownVerb() throws Exception {
        iopf.run("fly").refused("fly");
    }

    @Test
    void brokenPlatform() throws Exception {
        Path platform = Files.writeString(folder.resolve("platform.json"), "{ \"a\": ");
        iopf.run("replay", "--platform", platform, TRACE).refused("platform.json");
    }

    @Test
    void brokenMapsOfAPlatformAreNamed() throws Exception {
        Path maps = Files.writeString(folder.resolve("broken.maps"), "1000-zzzz rw-p 0 0 0\n");
        Path platform = Files.writeString(folder.resolve("platform.json"), """
                { ":configurator:resource-version": 1,
                  "io.pgfault.sva.space~p": { "io.pgfault.address.space.name": "p", "maps": "%s" } }
                """.formatted(maps));
        Command.run(folder, "serve", "--platform", platform).refused("broken.maps", "line 1");
        iopf.run("replay", "--platform", platform, TRACE).refused("broken.maps", "line 1");
    }

    @Test
    void hostWithoutFaultQueues_saysWhatIsMissing_andWhatWouldHelp() throws Exception {
        Path platform = Files.writeString(folder.resolve("platform.json"), """
                { ":configurator:resource-version": 1,
                  "io.pgfault.iommufd.unit~u": { "io.pgfault.unit.name": "u", "path": "/dev/no-iommu" } }
                """);
        Command.run(folder, "serve", "--platform", platform).refused("unit u", "no /dev/no-iommu", "Linux 6.11");
        Files.writeString(platform, """
                { ":configurator:resource-version": 1,
                  "io.pgfault.iommufd.unit~u": { "io.pgfault.unit.name": "u", "path": "/dev/null" } }
                """);
        Command.run(folder, "serve", "--platform", platform).refused("unit u", "no fault queues", "Linux 6.11");
        Command.run(folder, "serve", "--iommufd", "fd:999", "--device-id", "1").refused("unit iommufd0", "999");
    }

    @Test
    void helpAndVersionAreNoErrors() throws Exception {
        assertThat(iopf.run("--help").succeeded().out()).contains("Usage:", "replay", "Examples:");
        assertThat(iopf.run("help", "replay").succeeded().out()).contains("--maps", "Examples:");
        assertThat(iopf.run("--version").succeeded().out()).contains("iopf 0.1.0");
    }
}
