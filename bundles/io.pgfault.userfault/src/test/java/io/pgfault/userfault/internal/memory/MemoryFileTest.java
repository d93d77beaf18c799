// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryFileTest {
    private static final long BASE = 0x4000_0000L;

    @TempDir
    private Path folder;

    private Path file(int bytes) throws Exception {
        return Files.write(folder.resolve("memory"), new byte[bytes]);
    }

    @Test
    void whatDevicesWriteIsInTheFileAndTheOtherWayRound() throws Exception {
        Path file = file(3 * 4096);
        MemoryFile memory = new MemoryFile(file, BASE);
        ByteBuffer bytes = ByteBuffer.wrap(new byte[] {1, 2, 3});
        assertThat(memory.write(BASE + 4096 + 7, bytes)).isTrue();
        assertThat(bytes.hasRemaining()).isFalse();
        byte[] content = Files.readAllBytes(file);
        assertThat(Arrays.copyOfRange(content, 4096 + 6, 4096 + 11)).containsExactly(0, 1, 2, 3, 0);

        content[8192] = 42;
        Files.write(file, content);
        ByteBuffer read = ByteBuffer.allocate(1);
        assertThat(memory.read(BASE + 8192, read)).isTrue();
        assertThat(read.get(0)).isEqualTo((byte) 42);
        assertThat(memory.frames()).isEqualTo(3);
    }

    @Test
    void outsideIsNoMemory() throws Exception {
        MemoryFile memory = new MemoryFile(file(4096), BASE);
        ByteBuffer one = ByteBuffer.allocate(1);
        for (long address : new long[] {0, BASE - 1, BASE + 4096, -1L}) {
            assertThat(memory.read(address, one)).isFalse();
            assertThat(memory.write(address, one)).isFalse();
        }
        assertThat(one.position()).isZero();
        assertThatThrownBy(() -> memory.read(BASE + 4095, ByteBuffer.allocate(2)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aFileThatIsNoMemoryIsRefusedWithTheRemedy() throws Exception {
        assertThatThrownBy(() -> new MemoryFile(folder.resolve("none"), 0))
                .hasMessageContaining("none")
                .hasMessageContaining("make a file");
        assertThatThrownBy(() -> new MemoryFile(file(0), 0)).hasMessageContaining("whole 4096-byte pages");
        assertThatThrownBy(() -> new MemoryFile(file(4097), 0)).hasMessageContaining("4097");
        assertThatThrownBy(() -> new MemoryFile(file(4096), 1)).hasMessageContaining("0x1");
    }
}
