// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * Bad usage and unreadable input: exit code 2, one clear line that names the thing, no stack trace. What the command
 * refuses in a framework without a service is here; the integration tests refuse the rest, in processes of their own.
 */
class RefusalTest {
    private static final Path SAMPLES = Path.of("../../itests/samples");
    private static final Path TRACE = SAMPLES.resolve("cat.lackey.gz");

    @TempDir
    private static Path storage;

    private static Framework framework;

    @TempDir
    private Path folder;

    private Path source;

    @BeforeAll
    static void start() throws BundleException {
        framework = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .newFramework(Map.of(Constants.FRAMEWORK_STORAGE, storage.toString()));
        framework.start();
    }

    @AfterAll
    static void stop() throws Exception {
        framework.stop();
        assertThat(framework.waitForStop(10_000).getType()).isEqualTo(FrameworkEvent.STOPPED);
    }

    @BeforeEach
    void aFile() throws IOException {
        source = Files.writeString(folder.resolve("source"), "0123456789");
    }

    @Test
    void missingFiles() {
        refused("no-such-file.prq", "replay", "no-such-file.prq");
        refused("no-such.log", "decode", "no-such.log");
        refused("none", "copy", folder.resolve("none"), "copy");
    }

    @Test
    void maps() throws IOException {
        refused("no-such.maps", "replay", "--maps", "no-such.maps", TRACE);
        Path maps = Files.writeString(
                folder.resolve("broken.maps"), "1000-2000 rw-p 00000000 00:00 0 \n2000-zzzz rw-p 0 0 0\n");
        refused("broken.maps|line 2", "replay", "--maps", maps, TRACE);
    }

    @Test
    void formats() throws IOException {
        refused("tape|lackey", "replay", "--format", "tape", TRACE);
        refused("dump.bin|--format", "replay", Files.write(folder.resolve("dump.bin"), new byte[64]));
        refused("empty.prq", "replay", Files.write(folder.resolve("empty.prq"), new byte[0]));
        refused(
                "foreign.recording|is no recording",
                "replay",
                Files.write(folder.resolve("foreign.recording"), new byte[100]));
    }

    @Test
    void verbsOptionsAndOperands() {
        refused("--frobnicate", "replay", "--frobnicate", TRACE);
        refused("FILE", "replay");
        refused("fly", "fly");
        refused("the same file", "copy", source, source);
        refused("not a file", "copy", source, folder);
        refused("--device-id", "serve", "--iommufd", "fd:999");
    }

    @Test
    void backendsDevicesAndEndpoints() throws IOException {
        refused("amd|vtd|smmuv3", "replay", "--backend", "amd", TRACE);
        refused("amd", "copy", "--backend", "amd", source, "copy");
        refused("eth0", "replay", "--device", "eth0", Files.write(folder.resolve("x.prq"), new byte[32]));
        refused("usb|pcie|stall", "replay", "--endpoint", "usb", TRACE);
        refused("stall|VT-d|smmuv3", "replay", "--endpoint", "stall", TRACE);
        refused("--endpoint|priq", "replay", "--endpoint", "pri", SAMPLES.resolve("sample.priq"));
        refused(
                "--endpoint|platform",
                "replay",
                "--platform",
                SAMPLES.resolve("platform.json"),
                "--endpoint",
                "pcie",
                TRACE);
        refused(
                "--group-size|1 for devices that stall",
                "bench",
                "--backend",
                "smmuv3",
                "--endpoint",
                "stall",
                "--group-size",
                "2");
        refused("--group-size 2|--endpoint pcie", "compare", "--backend", "smmuv3", "--group-size", "2", TRACE);
    }

    @Test
    void sizesAndSpeeds() {
        refused("--frames much", "copy", "--frames", "much", source, "copy");
        refused("--speed|lackey", "replay", "--speed", "1", TRACE);
    }

    @Test
    void handlersAndPictures() {
        refused("--handler nobody|inline, workers, sva", "bench", "--handler", "nobody");
        refused("a.jpg|.svg|.png", "compare", "--plot", "a.jpg", TRACE);
    }

    private void refused(String words, Object... arguments) {
        CommandRun run = CommandRun.of(
                framework.getBundleContext(),
                "",
                Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        assertThat(run.err().strip().lines())
                .as("one line on standard error: %s", run.err())
                .hasSize(1);
        assertThat(run.err()).contains(words.split("\\|")).doesNotContain("Exception");
        assertThat(run.out()).isEmpty();
        assertThat(run.exit()).isEqualTo(2);
    }
}
