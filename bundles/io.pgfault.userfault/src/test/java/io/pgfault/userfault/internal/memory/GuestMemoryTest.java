// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest's memory: what is not populated translates to nothing, what lies outside never does. */
class GuestMemoryTest {
    private static final int PAGES = 130;
    private static final long BASE = 0x4000_0000;
    private static final long END = BASE + PAGES * 4096L;
    private static final int RWX = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    @TempDir
    private Path folder;

    private Path file;
    private GuestMemory memory;

    @BeforeEach
    void map() throws Exception {
        file = Files.write(folder.resolve("memory"), new byte[PAGES * 4096]);
        memory = new GuestMemory("vm0.memory", file, BASE);
    }

    @Test
    void n02_aPageIsThereAfterItIsPopulated_atItsOffsetInTheFile() {
        assertThat(memory.walk(BASE + 0x2abc)).isEqualTo(Translation.NONE);
        assertThat(memory.isResident(BASE + 0x2000, Permissions.READ)).isFalse();

        assertThat(memory.populate(BASE + 0x2abc, Permissions.READ)).isEqualTo(ResponseCode.SUCCESS);
        assertThat(memory.populate(BASE + 0x2000, Permissions.WRITE)).isEqualTo(ResponseCode.SUCCESS);

        assertThat(memory.walk(BASE + 0x2fff)).isEqualTo(Translation.of(0x2000, RWX));
        assertThat(memory.isResident(BASE + 0x2000, Permissions.WRITE)).isTrue();
        assertThat(memory.walk(BASE + 0x1000)).isEqualTo(Translation.NONE);
        assertThat(memory.walk(BASE + 0x3000)).isEqualTo(Translation.NONE);
        assertThat(memory.populatedPages()).isEqualTo(1);
    }

    @Test
    void n02_everyPageHasABitOfItsOwn() {
        for (int page = 0; page < PAGES; page += 2) {
            memory.populate(BASE + page * 4096L, Permissions.READ);
        }
        for (int page = 0; page < PAGES; page++) {
            assertThat(memory.walk(BASE + page * 4096L))
                    .isEqualTo(page % 2 == 0 ? Translation.of(page * 4096L, RWX) : Translation.NONE);
        }
        assertThat(memory.populatedPages()).isEqualTo(PAGES / 2);
    }

    @Test
    void n04_outsideThereIsNothing() {
        for (long address : new long[] {0, BASE - 1, END, END + 0x5000, 1L << 52, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
            assertThat(memory.populate(address, Permissions.READ)).isEqualTo(ResponseCode.INVALID);
            assertThat(memory.walk(address)).isEqualTo(Translation.NONE);
            assertThat(memory.find(address)).isEmpty();
        }
        assertThat(memory.populate(END - 1, Permissions.READ)).isEqualTo(ResponseCode.SUCCESS);
        assertThat(memory.walk(END - 1)).isEqualTo(Translation.of((PAGES - 1) * 4096L, RWX));
        assertThat(memory.contains(PAGES * 4096L)).isFalse();
    }

    @Test
    void bytesAreTheFiles() throws Exception {
        memory.write(0x3008, ByteBuffer.wrap(new byte[] {1, 2, 3}));
        assertThat(Files.readAllBytes(file)).startsWith(new byte[0x3008]).containsSequence((byte) 1, (byte) 2, (byte)
                3);
        assertThat(memory.compareAndSet(0x5000, 0, 9)).isTrue();
        assertThat(memory.load(0x5000)).isEqualTo(9);
    }

    @Test
    void closedItGrantsNothing() {
        memory.populate(BASE, Permissions.READ);
        memory.close();
        assertThat(memory.walk(BASE)).isEqualTo(Translation.NONE);
        assertThat(memory.populate(BASE, Permissions.READ)).isEqualTo(ResponseCode.INVALID);
        assertThat(memory.areas()).isEmpty();
    }

    @Test
    void aSecondStageHas52Bits() {
        assertThatThrownBy(() -> new GuestMemory("m", file, (1L << 52) - 4096)).hasMessageContaining("2^52");
        assertThatThrownBy(() -> new GuestMemory("m", file, 123)).hasMessageContaining("whole pages");
    }

    @Test
    void n04_aFileThatIsShorterNow_isNoticedByTheNextFault() throws Exception {
        assertThat(memory.populate(BASE + 0x1000, Permissions.READ)).isEqualTo(ResponseCode.SUCCESS);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(0x1000);
        }
        assertThat(memory.populate(BASE, Permissions.READ)).isEqualTo(ResponseCode.INVALID);
        assertThat(memory.walk(BASE + 0x1000)).isEqualTo(Translation.NONE);
        assertThat(memory.load(0x1000)).isZero();
        assertThat(memory.read(0x1000, ByteBuffer.allocate(8))).isFalse();
        assertThat(memory.write(0x1000, ByteBuffer.allocate(8))).isFalse();
        assertThat(memory.compareAndSet(0x1000, 0, 1)).isFalse();
    }

    @Test
    void n04_aPartOfTheFile_isAllThatTranslates() throws Exception {
        GuestMemory part = new GuestMemory("inner", file, 0, 0x1000, 0x2000);
        assertThat(part.populate(0x1000, Permissions.READ)).isEqualTo(ResponseCode.SUCCESS);
        assertThat(Translation.address(part.walk(0x1000))).isEqualTo(0x2000);
        assertThat(part.walk(0)).isEqualTo(Translation.NONE);
        assertThat(part.populate(0x2000, Permissions.READ)).isEqualTo(ResponseCode.INVALID);
        assertThat(part.frames()).isEqualTo(2);
        assertThatThrownBy(() -> new GuestMemory("m", file, 0, 0x800, 0x1000)).hasMessageContaining("memory.offset");
        assertThatThrownBy(() -> new GuestMemory("m", file, 0, 0x1000, Files.size(file)))
                .hasMessageContaining("memory.size");
    }
}
