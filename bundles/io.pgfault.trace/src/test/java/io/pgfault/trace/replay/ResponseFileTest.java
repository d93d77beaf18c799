// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.ResponseCode;
import io.pgfault.trace.Inputs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class ResponseFileTest {
    private static final Path FULL_DISK = Path.of("/dev/full");

    @TempDir
    Path folder;

    @Test
    void recordsAreWrittenInOrderOfConsumptionAndCounted() throws IOException {
        long seed = System.nanoTime();
        byte[] ring = new byte[5_000 * 32];
        new Random(seed).nextBytes(ring);
        Path path = Inputs.file(folder, "responses", Inputs.bytes("what was there before"));
        ByteBuffer records = ByteBuffer.allocateDirect(ring.length).put(ring);
        try (ResponseFile file = ResponseFile.create(path)) {
            for (int i = 0; i < 5_000; i++) {
                records.limit((i + 1) * 32).position(i * 32);
                file.consumed(records, i % 3 == 0 ? ResponseCode.INVALID : ResponseCode.SUCCESS);
                assertThat(records.position()).as("not the tap's to move").isEqualTo(i * 32);
            }
            assertThat(file.count(ResponseCode.INVALID)).isEqualTo(1_667);
            assertThat(file.count(ResponseCode.SUCCESS)).isEqualTo(3_333);
            assertThat(file.count(ResponseCode.FAILURE)).isZero();
        }
        assertThat(Files.readAllBytes(path)).as("seed %d", seed).isEqualTo(ring);
    }

    @Test
    void aFileThatCannotBeMadeIsNamed() {
        assertThatThrownBy(() -> ResponseFile.create(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(folder.toString(), "directory");
        Path orphan = folder.resolve("none").resolve("responses");
        assertThatThrownBy(() -> ResponseFile.create(orphan))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(orphan.toString(), "folder");
    }

    @Test
    void whatComesAfterCloseIsCountedAndNotWritten() throws IOException {
        Path path = folder.resolve("responses");
        ResponseFile file = ResponseFile.create(path);
        file.consumed(ByteBuffer.allocate(16), ResponseCode.SUCCESS);
        file.close();
        file.consumed(ByteBuffer.allocate(16), ResponseCode.SUCCESS);
        file.close();
        assertThat(file.count(ResponseCode.SUCCESS)).isEqualTo(2);
        assertThat(Files.size(path)).isEqualTo(16);
    }

    @Test
    @EnabledIf("hasFullDisk")
    void aFailureToWriteIsKeptForClose() throws IOException {
        ResponseFile file = ResponseFile.create(FULL_DISK);
        byte[] record = new byte[32];
        Arrays.fill(record, (byte) 1);
        for (int i = 0; i < 10_000; i++) {
            file.consumed(ByteBuffer.wrap(record), ResponseCode.SUCCESS);
        }
        assertThat(file.count(ResponseCode.SUCCESS)).isEqualTo(10_000);
        assertThatThrownBy(file::close).isInstanceOf(IOException.class).hasMessageContaining(FULL_DISK.toString());
    }

    static boolean hasFullDisk() {
        return Files.isWritable(FULL_DISK);
    }
}
