// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.TableFormat;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file larger than a memory that is large enough to read ahead and to reclaim before it is full. */
@Timeout(60)
class LargeFileTest {
    private static final long AT = 0x7000_0000_0000L;
    private static final int FRAMES = 1024;
    private static final int BYTES = 2500 * 4096 + 100;
    private static final int STEPS = 30_000;

    @TempDir
    private Path folder;

    private final SystemMemory frames = new SystemMemory(FRAMES);
    private final ProcessAddressSpace space = new RootedAddressSpace("large", TableFormat.X86_FOUR_LEVELS, frames);
    private final SpaceMemory memory = new SpaceMemory(space, frames);

    @Test
    void s04_whatIsReadAheadAndWrittenBackInRunsIsWhatWasWritten() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] model = new byte[BYTES];
        random.nextBytes(model);
        Path file = Files.write(folder.resolve("file"), model);
        space.mmap(AT, BYTES, READ | WRITE, true, file, 0);
        int position = 0;
        for (int step = 0; step < STEPS; step++) {
            position = random.nextInt(200) == 0 ? random.nextInt(BYTES) : (position + random.nextInt(4096)) % BYTES;
            if (random.nextInt(3) == 0) {
                model[position] = (byte) step;
                write(AT + position, step);
            }
            assertThat(read(AT + position))
                    .as("seed %d step %d position %d", seed, step, position)
                    .isEqualTo(model[position] & 0xff);
            if (random.nextInt(2000) == 0) {
                space.msync();
                assertThat(Files.readAllBytes(file))
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(model);
            }
        }
        assertThat(frames.framesInUse()).isLessThan(FRAMES);
        space.close();
        assertThat(Files.readAllBytes(file)).as("seed %d", seed).isEqualTo(model);
        assertThat(frames.framesInUse()).isZero();
    }

    @Test
    void s05_anInterruptedThreadReadsAndWritesFilesAndStaysInterrupted() throws IOException {
        Path file = Files.write(folder.resolve("file"), "x".repeat(100 * 4096).getBytes(StandardCharsets.US_ASCII));
        space.mmap(AT, 100 * 4096, READ | WRITE, true, file, 0);
        Thread.currentThread().interrupt();
        int first = read(AT);
        write(AT, 'y');
        space.msync();
        boolean interrupted = Thread.interrupted();
        assertThat(first).isEqualTo('x');
        assertThat(interrupted).isTrue();
        assertThat(read(AT + 99 * 4096)).isEqualTo('x');
        space.close();
        assertThat(Files.readString(file)).startsWith("yx");
    }

    /** Reclaim may evict the page between populating and reading; the reader tries again, as a device does. */
    private int read(long address) {
        int value = memory.read(address);
        while (value < 0) {
            value = memory.read(address);
        }
        return value;
    }

    private void write(long address, int value) {
        boolean written = memory.write(address, value);
        while (!written) {
            written = memory.write(address, value);
        }
    }
}
