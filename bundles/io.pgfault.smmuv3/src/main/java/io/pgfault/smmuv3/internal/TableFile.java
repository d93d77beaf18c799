// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A part of the file that is a guest's memory: the context descriptors of the guest's unit lie there, where the host's
 * unit finds them. The address of a byte is its offset in the file. The rest of the file is for the guest's page
 * frames.
 *
 * <p>While the part is open, neither page frames nor another unit get any byte of it; a lock of the operating system,
 * which ends with the process, sees to that. As POSIX has it, a process that closes a file gives up every lock that the
 * process has on the file: a unit that goes before the page frames go leaves them unlocked. One thread.
 */
public final class TableFile implements AutoCloseable {
    private static final int BLOCK = 1 << 16;
    private static final int MOST_BYTES = 1 << 30;
    private static final int PAGE = 4096;

    private final FileChannel channel;
    private final TableMemory memory;

    private TableFile(FileChannel channel, TableMemory memory) {
        this.channel = channel;
        this.memory = memory;
    }

    /**
     * Opens a part of a file.
     *
     * @param unit the unit's name, for messages
     * @param file the path; blank for none
     * @param start where the part starts in the file: bytes, a multiple of 4096
     * @param size bytes, a multiple of 65536, at most 1 GiB
     * @return empty without a file
     * @throws IllegalArgumentException if the part can't be used; the message says why and what to do
     */
    public static Optional<TableFile> open(String unit, String file, long start, int size) {
        if (file == null || file.isBlank()) {
            return Optional.empty();
        }
        if (start < 0 || start % PAGE != 0) {
            throw refused(unit, file, "memory.file.offset is %d; choose whole 4096-byte pages".formatted(start));
        }
        if (size <= 0 || size > MOST_BYTES || size % BLOCK != 0) {
            throw refused(unit, file, "memory.size is %d; choose whole 64 KiB, up to 1 GiB".formatted(size));
        }
        FileChannel channel = null;
        TableFile opened = null;
        try {
            channel = FileChannel.open(Path.of(file.strip()), StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (channel.size() < start + size) {
                throw refused(
                        unit,
                        file,
                        "the file has %d bytes, and the part of the unit ends at %d; make the file longer before the host maps it"
                                .formatted(channel.size(), start + size));
            }
            if (channel.tryLock(start, size, false) == null) {
                throw refused(unit, file, "another process uses that part; give each guest a memory of its own");
            }
            opened = new TableFile(
                    channel, new TableMemory(start, channel.map(FileChannel.MapMode.READ_WRITE, start, size)));
            return Optional.of(opened);
        } catch (OverlappingFileLockException e) {
            throw refused(
                    unit,
                    file,
                    "page frames or another unit use that part; choose memory.file.offset behind 'frames' of"
                            + " io.pgfault.sva.frames",
                    e);
        } catch (IOException | InvalidPathException e) {
            throw refused(unit, file, "can't be opened to read and write (%s); correct memory.file".formatted(e), e);
        } finally {
            if (opened == null && channel != null) {
                close(channel);
            }
        }
    }

    private static IllegalArgumentException refused(String unit, String file, String why) {
        return refused(unit, file, why, null);
    }

    private static IllegalArgumentException refused(String unit, String file, String why, Exception cause) {
        return new IllegalArgumentException(
                "unit %s: memory.file \"%s\": %s".formatted(unit, file.strip(), why), cause);
    }

    /** The part, of which the driver takes regions. */
    TableMemory memory() {
        return memory;
    }

    /** Lets others open the part. What is mapped stays mapped until nothing refers to it. */
    @Override
    public void close() {
        close(channel);
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger(TableFile.class.getName())
                    .log(Level.WARNING, "the memory of a unit's tables can't be closed", e);
        }
    }
}
