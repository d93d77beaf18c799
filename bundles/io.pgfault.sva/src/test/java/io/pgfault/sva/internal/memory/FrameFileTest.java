// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.memory;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.sva.internal.frame.PageFrames;
import io.pgfault.sva.internal.space.RootedAddressSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Frames whose bytes are those of a file, which another process reads and writes beside. */
class FrameFileTest {
    private static final long AT = 0x7000_0000_0000L;
    private static final int PAGES = 1000;

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("guest");
    }

    private SystemMemory memory() {
        return new SystemMemory(PAGES, file().toString());
    }

    /** The word at an address, as a process that has the file reads it. */
    private long wordInFile(long address) throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ)) {
            ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(channel.read(word, address)).isEqualTo(Long.BYTES);
            return word.getLong(0);
        }
    }

    @Test
    void anAddressIsAnOffsetInTheFile_forPagesAndTables() throws IOException {
        SystemMemory memory = memory();
        assertThat(Files.size(file())).isEqualTo(PAGES * 4096L);
        assertThat(memory.frames()).isEqualTo(PAGES - 2);
        RootedAddressSpace space = new RootedAddressSpace("guest", TableFormat.X86_FOUR_LEVELS, memory);
        space.mmap(AT, 4096, READ | WRITE, false);
        assertThat(space.populate(AT, WRITE)).isEqualTo(ResponseCode.SUCCESS);
        long address = Translation.address(space.walk(AT));
        assertThat(address).isBetween(4096L, (PAGES - 1) * 4096L);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(memory.write(address, bytes.putLong(0, 0x1234_5678_9abcL))).isTrue();
        assertThat(wordInFile(address)).isEqualTo(0x1234_5678_9abcL);
        long slot = space.root() + (AT >>> 39) * Long.BYTES;
        assertThat(wordInFile(slot)).isEqualTo(memory.load(slot)).isNotZero();
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1).put(0, (byte) 7), address);
        }
        ByteBuffer read = ByteBuffer.allocate(1);
        assertThat(memory.read(address, read)).isTrue();
        assertThat(read.get(0)).isEqualTo((byte) 7);
        memory.deactivate();
    }

    @Test
    void everyFrameLiesInTheFile_andNoneAtAddressZero() {
        SystemMemory memory = memory();
        int count = 0;
        for (long frame = memory.pageFrames().allocate();
                frame != PageFrames.NONE;
                frame = memory.pageFrames().allocate()) {
            memory.pageFrames().zero(frame);
            count++;
        }
        assertThat(count).isEqualTo(PAGES - 2);
        assertThat(memory.contains(0)).isFalse();
        assertThat(memory.contains(PAGES * 4096L)).isFalse();
        assertThat(memory.contains(PAGES * 4096L - 8)).isTrue();
        memory.deactivate();
    }

    @Test
    void whatTheFileHoldsAtTheBeginning_doesntMatter() throws IOException {
        byte[] old = new byte[(PAGES + 3) * 4096];
        Arrays.fill(old, (byte) -1);
        Files.write(file(), old);
        SystemMemory memory = memory();
        RootedAddressSpace space = new RootedAddressSpace("again", TableFormat.AARCH64_FOUR_LEVELS, memory);
        space.mmap(AT, 2 * 4096, READ | WRITE, false);
        space.populate(AT, WRITE);
        space.populate(AT + 4096, READ);
        for (long at = AT; at <= AT + 4096; at += 4096) {
            assertThat(memory.load(Translation.address(space.walk(at)))).isZero();
        }
        assertThat(Files.size(file())).as("a longer file stays").isEqualTo(old.length);
        memory.deactivate();
        memory().deactivate();
    }

    @Test
    void aFileThatCantBeUsed_isNamedWithTheRemedy() throws IOException {
        refused(PAGES, folder.resolve("no/such/file"), "folder that doesn't exist");
        refused(PAGES, folder, "can't be opened to read and write");
        refused(15, file(), "choose 'frames' from 16 to");
        refused(0xfee01, file(), "(4078 MiB)");
        SystemMemory first = memory();
        refused(PAGES, file(), "another framework in this process");
        first.deactivate();
    }

    private static void refused(int pages, Path file, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SystemMemory(pages, file.toString()))
                .withMessageContaining("file of io.pgfault.sva.frames")
                .withMessageContaining(file.toString())
                .withMessageContaining(why);
    }
}
