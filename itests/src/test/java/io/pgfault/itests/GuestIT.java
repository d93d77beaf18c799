// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code iopf copy --guest}: a device of the host copies inside a guest, through the guest's own page tables. */
class GuestIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Path source(int bytes) throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        ByteBuffer content = ByteBuffer.allocate((bytes + 7) & -8);
        while (content.hasRemaining()) {
            content.putLong(random.nextLong());
        }
        Path file = folder.resolve("source-" + seed);
        Files.write(file, Arrays.copyOf(content.array(), bytes));
        return file;
    }

    /** The file is larger than the guest's memory, so the guest takes pages away from the device all the time. */
    @ParameterizedTest
    @CsvSource({"vtd, 1", "vtd, 8", "smmuv3, 1"})
    void n07_aCopyInAGuest_arrivesWhole_andBothSidesCountTheSame(String kind, int groupSize) throws Exception {
        Path source = source((12 << 20) + 1234);
        Path destination = folder.resolve("copy");
        JsonObject json = Command.run(
                        folder,
                        "copy",
                        "--guest",
                        kind,
                        "--frames",
                        "8MiB",
                        "--group-size",
                        groupSize,
                        "--json",
                        "-",
                        source,
                        destination)
                .succeeded()
                .json();
        assertThat(Files.mismatch(source, destination))
                .as("first differing byte")
                .isEqualTo(-1);
        JsonObject host = json.getJsonObject("host");
        int pages = 2 * (int) ((Files.size(source) + 4095) / 4096);
        assertThat(json.getInt("groups")).as("groups of the guest").isGreaterThanOrEqualTo(pages / groupSize);
        assertThat(host.getInt("groups") - host.getInt("secondStage"))
                .as("groups of the host that went to the guest")
                .isEqualTo(json.getInt("groups"));
        assertThat(host.getInt("secondStage"))
                .as("pages of guest memory that the host populated")
                .isPositive();
    }

    /** A guest is killed twice, and each time the next guest is served. Without a guest an access ends INVALID. */
    @ParameterizedTest
    @ValueSource(strings = {"", "-smmuv3"})
    void n05_aGuestThatIsKilled_leavesNothingThatHangs(String kind) throws Exception {
        Path samples = Files.createDirectories(folder.resolve("itests/samples"));
        for (String name : List.of("host" + kind + ".json", "guest" + kind + ".json", "cat.maps")) {
            Files.copy(Built.file("itests/samples/" + name), samples.resolve(name));
        }
        try (RandomAccessFile memory =
                new RandomAccessFile(folder.resolve("guest.mem").toFile(), "rw")) {
            memory.setLength(64 << 20);
        }
        try (Served host = new Served(folder, "host" + kind)) {
            await().atMost(PATIENCE).until(() -> Files.exists(folder.resolve("dma0.sock")));
            for (int i = 0; i < 2; i++) {
                try (Served guest = new Served(folder, "guest" + kind)) {
                    guest.type("inject dma0 0x4846000 r");
                    guest.awaitOutput("0x4846000: done");
                }
            }
            host.type("inject dma0 0x4900000 w --pasid 1");
            host.awaitOutput("0x4900000: invalid");
        }
    }

    /** A served platform with a shell; killed at the end. */
    private static final class Served implements AutoCloseable {
        private final Process process;
        private final Path output;
        private final Writer input;

        Served(Path folder, String platform) throws IOException {
            output = Files.createTempFile(folder, platform, ".out");
            process = new ProcessBuilder(Command.line("serve", "--platform", "itests/samples/" + platform + ".json"))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            input = process.outputWriter();
        }

        void type(String line) throws IOException {
            input.write(line + "\n");
            input.flush();
        }

        void awaitOutput(String text) {
            await().atMost(PATIENCE).until(() -> Files.readString(output), said -> said.contains(text));
        }

        @Override
        public void close() throws Exception {
            process.destroyForcibly().waitFor();
        }
    }
}
