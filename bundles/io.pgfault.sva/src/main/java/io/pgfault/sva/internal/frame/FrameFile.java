// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.frame;

import io.pgfault.api.Translation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file, or a part of a file, whose bytes are the page frames, for the memory of a guest, which the host maps too. The
 * address of a frame is the frame's offset from the start of the part. The first page of the part is not used, so that
 * address 0 is no frame; frame 0, the zero frame, is the second. The memory of a guest's guest is a part of the file
 * that is the guest's memory.
 *
 * <p>A file that is shorter than the frames need grows, without taking space on disk for bytes that were never written.
 * What a file contains at the beginning doesn't matter. While the part is open no other allocator opens any byte of it;
 * a lock of the operating system, which ends with the process, sees to that. Other processes may map the file. Any
 * thread.
 */
public final class FrameFile implements AutoCloseable {
    /** The offset of frame 0 from the start of the part. */
    static final long BASE = Translation.PAGE_SIZE;

    /** The file ends here at the latest: above lie addresses that an IOMMU takes for interrupt messages. */
    private static final long MOST_BYTES = 0xfee0_0000L;

    private static final int LEAST_PAGES = 16;
    /** Pages of the file that are no frames of the budget: the unused page and the zero frame. */
    private static final int OTHER_PAGES = 2;

    private final Path path;
    private final FileChannel channel;
    /** Where the part starts in the file. */
    private final long start;

    private final long bytes;

    private FrameFile(Path path, FileChannel channel, long start, long bytes) {
        this.path = path;
        this.channel = channel;
        this.start = start;
        this.bytes = bytes;
    }

    /**
     * Opens a file, which is made if it doesn't exist.
     *
     * @param start where the part starts in the file: whole pages, in bytes
     * @param pages the size of the part in pages, of which two are no frames of the budget
     * @throws IllegalArgumentException if the file can't be used; the message says why and what to do
     */
    public static FrameFile open(String file, long start, int pages) {
        long bytes = (long) pages << Translation.PAGE_SHIFT;
        if (pages < LEAST_PAGES || bytes > MOST_BYTES) {
            throw refused(
                    file,
                    "has %d pages; choose 'frames' from %d to %d pages (%d MiB)"
                            .formatted(pages, LEAST_PAGES, MOST_BYTES >>> Translation.PAGE_SHIFT, MOST_BYTES >>> 20));
        }
        if (start < 0 || start % Translation.PAGE_SIZE != 0) {
            throw refused(file, "starts at %d; choose 'file.offset' as whole 4096-byte pages".formatted(start));
        }
        try {
            Path path = Path.of(file).toAbsolutePath();
            if (!Files.isDirectory(path.getParent())) {
                throw refused(file, "lies in a folder that doesn't exist; make the folder or correct 'file'");
            }
            return opened(file, path, start, bytes);
        } catch (InvalidPathException | NullPointerException e) {
            throw refused(file, "is no path of a file; correct 'file'", e);
        }
    }

    private static FrameFile opened(String file, Path path, long start, long bytes) {
        FileChannel channel = null;
        boolean usable = false;
        try {
            channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (channel.tryLock(start, bytes, false) == null) {
                throw refused(
                        file,
                        "holds the frames of another process; give each process a file, or a part of a file, of its own");
            }
            if (channel.size() < start + bytes) {
                channel.write(ByteBuffer.allocate(1), start + bytes - 1);
            }
            usable = true;
            return new FrameFile(path, channel, start, bytes);
        } catch (OverlappingFileLockException e) {
            throw refused(file, "holds the frames of another framework in this process; correct 'file'", e);
        } catch (IOException e) {
            throw refused(file, "can't be opened to read and write (%s); correct 'file'".formatted(e), e);
        } finally {
            if (!usable && channel != null) {
                closed(channel);
            }
        }
    }

    private static IllegalArgumentException refused(String file, String why) {
        return refused(file, why, null);
    }

    private static IllegalArgumentException refused(String file, String why, Exception cause) {
        return new IllegalArgumentException("file of io.pgfault.sva.frames: \"%s\" %s".formatted(file, why), cause);
    }

    /** The budget: how many frames there are beside the zero frame. */
    int frames() {
        return (int) (bytes >>> Translation.PAGE_SHIFT) - OTHER_PAGES;
    }

    /**
     * Maps a piece of the part; the piece ends where the part ends.
     *
     * @param offset from the start of the part
     * @throws IllegalArgumentException if the process can't map it
     */
    ByteBuffer map(long offset, int length) {
        try {
            return channel.map(FileChannel.MapMode.READ_WRITE, start + offset, Math.min(length, bytes - offset));
        } catch (IOException e) {
            throw refused(path.toString(), "can't be mapped (%s); lower 'frames'".formatted(e), e);
        }
    }

    /** Lets other allocators open the file. What is mapped stays mapped until nothing refers to it. */
    @Override
    public void close() {
        closed(channel);
    }

    private static void closed(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger(FrameFile.class.getName())
                    .log(System.Logger.Level.WARNING, "page frames: a file can't be closed", e);
        }
    }
}
