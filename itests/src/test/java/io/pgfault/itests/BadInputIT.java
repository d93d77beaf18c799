// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad usage and unreadable input: exit code 2, one clear line that names the thing, no stack trace. */
class BadInputIT {
    private static final Path TRACE = Built.file("itests/samples/cat.lackey.gz");

    @TempDir
    private Path folder;

    @Test
    void missingFile() throws Exception {
        Command.run(folder, "replay", "no-such-file.prq").refused("no-such-file.prq");
    }

    @Test
    void missingMaps() throws Exception {
        Command.run(folder, "replay", "--maps", "no-such.maps", TRACE).refused("no-such.maps");
    }

    @Test
    void brokenMapsLineIsNamed() throws Exception {
        Path maps = Files.writeString(
                folder.resolve("broken.maps"), "1000-2000 rw-p 00000000 00:00 0 \n2000-zzzz rw-p 0 0 0\n");
        Command.run(folder, "replay", "--maps", maps, TRACE).refused("broken.maps", "line 2");
    }

    @Test
    void wrongFormat() throws Exception {
        Command.run(folder, "replay", "--format", "prq", Built.file("itests/samples/cat.maps"))
                .refused("cat.maps");
        Command.run(folder, "replay", "--format", "lackey", Built.file("itests/samples/cat.maps"))
                .refused("cat.maps");
        Command.run(folder, "replay", "--format", "tape", TRACE).refused("tape", "lackey");
    }

    @Test
    void formatThatCantBeTold() throws Exception {
        Path file = Files.write(folder.resolve("dump.bin"), new byte[64]);
        Command.run(folder, "replay", file).refused("dump.bin", "--format");
    }

    @Test
    void unknownOptionAndNoFileAndUnknownVerb() throws Exception {
        Command.run(folder, "replay", "--frobnicate", TRACE).refused("--frobnicate");
        Command.run(folder, "replay").refused("FILE");
        Command.run(folder, "fly").refused("fly");
    }

    @Test
    void emptyDump() throws Exception {
        Path file = Files.write(folder.resolve("empty.prq"), new byte[0]);
        Command.run(folder, "replay", file).refused("empty.prq");
    }

    @Test
    void badBackendDeviceAndPlatform() throws Exception {
        Command.run(folder, "replay", "--backend", "amd", TRACE).refused("amd", "vtd", "smmuv3");
        Path dump = Files.write(folder.resolve("x.prq"), new byte[32]);
        Command.run(folder, "replay", "--device", "eth0", dump).refused("eth0");
        Path platform = Files.writeString(folder.resolve("platform.json"), "{ \"a\": ");
        Command.run(folder, "replay", "--platform", platform, TRACE).refused("platform.json");
    }

    @Test
    void brokenMapsOfAPlatformAreNamed() throws Exception {
        Path maps = Files.writeString(folder.resolve("broken.maps"), "1000-zzzz rw-p 0 0 0\n");
        Path platform = Files.writeString(folder.resolve("platform.json"), """
                { ":configurator:resource-version": 1,
                  "io.pgfault.sva.space~p": { "io.pgfault.address.space.name": "p", "maps": "%s" } }
                """.formatted(maps));
        Command.run(folder, "serve", "--platform", platform).refused("broken.maps", "line 1");
        Command.run(folder, "replay", "--platform", platform, TRACE).refused("broken.maps", "line 1");
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
        Command.run(folder, "serve", "--iommufd", "fd:999").refused("--device-id");
    }

    @Test
    void helpAndVersionAreNoErrors() throws Exception {
        assertThat(Command.run(folder, "--help").succeeded().out()).contains("Usage:", "replay", "Examples:");
        assertThat(Command.run(folder, "help", "replay").succeeded().out()).contains("--maps", "Examples:");
        assertThat(Command.run(folder, "--version").succeeded().out()).contains("iopf 0.1.0");
    }
}
