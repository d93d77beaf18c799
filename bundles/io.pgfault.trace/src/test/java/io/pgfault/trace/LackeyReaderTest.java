// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Permissions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LackeyReaderTest {
    private static final int READ = Permissions.READ;
    private static final int WRITE = Permissions.WRITE;

    private record Access(long line, int permissions, long address, int size) {}

    @TempDir
    Path folder;

    @Test
    void readsTheFourKindsOfLine() throws IOException {
        assertThat(read("I  0401ab70,3\n L 1fff000758,8\n S ffffffffffffffff,16\n M 0,1\n"))
                .containsExactly(
                        new Access(1, READ, 0x0401_ab70, 3),
                        new Access(2, READ, 0x1f_ff00_0758L, 8),
                        new Access(3, WRITE, -1, 16),
                        new Access(4, READ | WRITE, 0, 1));
    }

    @Test
    void skipsEveryOtherLine() throws IOException {
        String banner = "x".repeat(200_000);
        assertThat(read(String.join(
                        "\n",
                        "==1== Lackey, an example Valgrind tool",
                        "",
                        " L ",
                        " L 12",
                        " L ,8",
                        " L 12,",
                        " L 12,0",
                        " L 12,8x",
                        " L 12x,8",
                        " L 12345678901234567,8",
                        " L 12,1234567890",
                        " X 12,8",
                        "L 12,8",
                        "  L 12,8",
                        "I 12,8",
                        "I   12,8",
                        banner,
                        " L 0004,8",
                        banner)))
                .containsExactly(new Access(18, READ, 4, 8));
    }

    @Test
    void acceptsALastLineWithoutEndAndForeignLineEnds() throws IOException {
        assertThat(read(" L AbCd,4\r\n S 10,2"))
                .containsExactly(new Access(1, READ, 0xabcd, 4), new Access(2, WRITE, 0x10, 2));
    }

    @Test
    void readsWhatWasWrittenWhereverTheBuffersEnd() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        List<Access> expected = new ArrayList<>();
        String[] starts = {"I  ", " L ", " S ", " M "};
        int[] permissions = {READ, READ, WRITE, READ | WRITE};
        for (int line = 1; line <= 60_000; line++) {
            int kind = random.nextInt(5);
            if (kind == 4) {
                text.append("==7== ").append("-".repeat(random.nextInt(300))).append('\n');
                continue;
            }
            long address = random.nextLong() >>> random.nextInt(64);
            int size = 1 + random.nextInt(64);
            text.append(starts[kind])
                    .append(String.format("%08x", address))
                    .append(',')
                    .append(size)
                    .append('\n');
            expected.add(new Access(line, permissions[kind], address, size));
        }
        byte[] bytes = Inputs.bytes(text.toString());
        assertThat(read(Inputs.file(folder, "plain", bytes)))
                .as("seed %d", seed)
                .isEqualTo(expected);
        assertThat(read(Inputs.gzip(folder, "packed", bytes)))
                .as("seed %d", seed)
                .isEqualTo(expected);
    }

    @Test
    void aFileWithoutOneAccessIsUnreadable() throws IOException {
        Path path = Inputs.file(folder, "notes", Inputs.bytes("some\nother text\n"));
        assertThatThrownBy(() -> read(path))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(path.toString(), "line 2", "access")
                .hasMessageNotContaining("\n");
    }

    @Test
    void cutGzipIsUnreadable() throws IOException {
        byte[] packed = Inputs.gzip(Inputs.bytes(" L 0004,8\n".repeat(1000)));
        Path path = Inputs.file(folder, "cut.gz", Arrays.copyOf(packed, packed.length - 12));
        assertThatThrownBy(() -> read(path))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(path.toString(), "line", "truncated");
    }

    @Test
    void damagedGzipIsUnreadable() throws IOException {
        byte[] packed = Inputs.gzip(Inputs.bytes(" L 0004,8\n".repeat(1000)));
        packed[packed.length - 6] ^= 0x55;
        Path path = Inputs.file(folder, "bad.gz", packed);
        assertThatThrownBy(() -> read(path))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(path.toString(), "offset", "gzip");
    }

    private List<Access> read(String text) throws IOException {
        return read(Inputs.file(folder, "trace", Inputs.bytes(text)));
    }

    private static List<Access> read(Path path) throws IOException {
        List<Access> accesses = new ArrayList<>();
        try (LackeyReader reader = new LackeyReader(TraceFile.open(path))) {
            while (reader.next()) {
                accesses.add(new Access(reader.line(), reader.permissions(), reader.address(), reader.size()));
                assertThat(reader.accesses()).isEqualTo(accesses.size());
            }
        }
        return accesses;
    }
}
