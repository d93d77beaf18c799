// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code iopf copy}: every byte arrives, through page faults alone. */
@ExtendWith(RunningJar.Once.class)
class CopyIT {
    private static final int CHUNK = 1 << 20;

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    CopyIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    private Path source(long bytes) throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        Path file = folder.resolve("source-" + seed);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long left = bytes; left > 0; left -= CHUNK) {
                chunk.clear();
                while (chunk.hasRemaining()) {
                    chunk.putLong(random.nextLong());
                }
                out.write(chunk.array(), 0, (int) Math.min(CHUNK, left));
            }
        }
        return file;
    }

    private JsonObject copy(Path source, Path destination, Object... options) throws Exception {
        Object[] arguments = new Object[options.length + 5];
        arguments[0] = "copy";
        arguments[1] = "--json";
        arguments[2] = "-";
        System.arraycopy(options, 0, arguments, 3, options.length);
        arguments[options.length + 3] = source;
        arguments[options.length + 4] = destination;
        JsonObject json = iopf.run(arguments).succeeded().json();
        assertThat(Files.mismatch(source, destination))
                .as("where %s differs", source)
                .isEqualTo(-1);
        assertThat(json.getBoolean("equal")).isTrue();
        assertThat(json.getJsonNumber("bytes").longValue()).isEqualTo(Files.size(source));
        return json;
    }

    /** Larger than the memory for page frames, and not whole pages. */
    @ParameterizedTest
    @CsvSource({"vtd, 1", "vtd, 8", "smmuv3, 1", "smmuv3, 8"})
    void s04_filesLargerThanMemoryAreCopied(String backend, int groupSize) throws Exception {
        Path source = source((24L << 20) + 1234);
        JsonObject json = copy(
                source, folder.resolve("copy"), "--frames", "8MiB", "--backend", backend, "--group-size", groupSize);
        int pages = 2 * (int) ((Files.size(source) + 4095) / 4096);
        assertThat(json.getInt("requests")).isGreaterThanOrEqualTo(pages);
        assertThat(json.getInt("groups"))
                .isGreaterThanOrEqualTo(pages / groupSize)
                .isLessThanOrEqualTo(json.getInt("requests"));
        if (groupSize > 1) {
            assertThat(json.getInt("groups")).isLessThan(json.getInt("requests") / 2);
        }
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(source));
        String expected = HexFormat.of().formatHex(digest);
        assertThat(json.getJsonObject("sha256").getString("source")).isEqualTo(expected);
        assertThat(json.getJsonObject("sha256").getString("destination")).isEqualTo(expected);
    }

    /** Sixteen times the memory: 1 GiB in a soak, 128 MiB in every build. */
    @Test
    void s04_aFileLargerThanMemoryIsCopied() throws Exception {
        int shift = Boolean.getBoolean("soak") ? 30 : 27;
        String frames = Integer.toString(1 << (shift - 16));
        JsonObject json = copy(source(1L << shift), folder.resolve("copy"), "--frames", frames, "--group-size", "16");
        assertThat(json.getInt("requests")).isGreaterThanOrEqualTo(2 << (shift - 12));
    }

    /** The accesses of a program, a dump of a queue, and a list of addresses of which one lies beyond the file. */
    @ParameterizedTest
    @ValueSource(strings = {"cat.lackey.gz", "sample.prq", "list"})
    void aFileIsCopiedInTheOrderOfATrace(String trace) throws Exception {
        Path file = trace.equals("list")
                ? Files.writeString(folder.resolve(trace), "0x3000\n0x0 w\n0x3008\n0x7fff00001000\n")
                : Built.file("itests/samples/" + trace);
        JsonObject json = copy(source(2 << 20), folder.resolve("copy"), "--trace", file, "--frames", "2MiB");
        if (trace.equals("list")) {
            // Pages 3, 0, and 0x7fff00001 modulo 512 pages.
            assertThat(json.getInt("touchedPages")).isEqualTo(3);
        } else {
            assertThat(json.getInt("touchedPages")).isBetween(100, 512);
        }
    }

    @Test
    void anEmptyFileAndAnExistingOneAreFine() throws Exception {
        copy(source(0), folder.resolve("copy"));
        Path longer = Files.write(folder.resolve("longer"), new byte[100_000]);
        copy(source(5000), longer);
    }

    @Test
    void badUsageIsRefusedInOneLine() throws Exception {
        Path source = source(10);
        iopf.run("copy", "--frames", "16", source, "copy").refused("--frames 16");
        iopf.run("copy", "--trace", "none", source, "copy").refused("none");
    }
}
