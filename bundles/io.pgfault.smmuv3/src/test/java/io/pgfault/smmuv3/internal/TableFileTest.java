// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The part of a guest's memory that a guest's unit has for its tables. */
class TableFileTest {
    private static final int BLOCK = 1 << 16;

    @TempDir
    private Path folder;

    private String file;

    @BeforeEach
    void makeMemory() throws Exception {
        file = Files.write(folder.resolve("guest.mem"), new byte[4 * BLOCK]).toString();
    }

    @Test
    void aWordOfTheTables_isInTheFile_atItsAddress() throws Exception {
        try (TableFile part =
                TableFile.open("vsmmu0", file, 2 * BLOCK, 2 * BLOCK).orElseThrow()) {
            long region = part.memory().allocate(16);
            assertThat(region).isEqualTo(2 * BLOCK);
            part.memory().store(region + 8, 0x7f);
            assertThat(Files.readAllBytes(Path.of(file))[2 * BLOCK + 8]).isEqualTo((byte) 0x7f);
        }
        assertThat(TableFile.open("vsmmu0", " ", 0, 0)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 65536, memory.file.offset is 1",
        "-4096, 65536, memory.file.offset is -4096",
        "0, 0, memory.size is 0",
        "0, 4096, memory.size is 4096",
        "196608, 131072, the file has 262144 bytes"
    })
    void aWrongPart_isRefused_andTheMessageNamesIt(long start, int size, String message) {
        assertThatThrownBy(() -> TableFile.open("vsmmu0", file, start, size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("unit vsmmu0: memory.file \"" + file + "\": " + message);
    }

    @Test
    void aPartThatIsTaken_orAFileThatIsNot_isRefused() throws Exception {
        try (TableFile part = TableFile.open("vsmmu0", file, 0, 2 * BLOCK).orElseThrow()) {
            assertThat(part.memory().frames()).isEqualTo(32);
            assertThatThrownBy(() -> TableFile.open("vsmmu1", file, BLOCK, BLOCK))
                    .hasMessageContaining("page frames or another unit use that part");
        }
        assertThat(TableFile.open("vsmmu1", file, BLOCK, BLOCK).map(part -> {
                    part.close();
                    return part.memory().frames();
                }))
                .hasValue(16L);
        assertThatThrownBy(() -> TableFile.open("vsmmu0", folder.resolve("none").toString(), 0, BLOCK))
                .hasMessageContaining("can't be opened");
    }
}
