// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code iopf copy --guest}: a device of the host copies inside a guest, through the guest's own page tables. */
class GuestIT {
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
    @CsvSource({"vtd, 1", "vtd, 8"})
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

    @Test
    void aKindThatNestsNothing_isRefused() throws Exception {
        Path source = source(4096);
        Command.run(folder, "copy", "--guest", "smmuv3", source, folder.resolve("copy"))
                .refused("--guest smmuv3", "--guest vtd");
    }
}
