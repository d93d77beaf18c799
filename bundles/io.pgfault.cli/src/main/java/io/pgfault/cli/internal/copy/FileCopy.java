// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import io.pgfault.api.Permissions;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Progress;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Copies a file into another file of the same size: maps both, and has a DMA engine copy. */
final class FileCopy {
    /**
     * The result of a copy.
     *
     * @param failure the first failure; empty if there was none
     */
    record Result(long bytes, long elapsedNanos, Optional<String> failure) {}

    private static final long SOURCE = 1L << 32;
    private static final long DESTINATION = 1L << 46;

    /** Descriptors of a batch. */
    private static final int BATCH = 256;

    private final Path source;
    private final Path destination;
    private final DmaEngine engine;
    private final AddressSpace space;

    FileCopy(Path source, Path destination, DmaEngine engine, AddressSpace space) {
        this.source = source;
        this.destination = destination;
        this.engine = engine;
        this.space = space;
    }

    /** Copies the file piece by piece; when this method returns, every copied byte is in the file. */
    Result run(Pieces pieces, long size, Progress progress) throws IOException, InterruptedException {
        try (RandomAccessFile made = new RandomAccessFile(destination.toFile(), "rw")) {
            made.setLength(0);
            made.setLength(size);
        } catch (IOException e) {
            throw new BadInput(destination + ": can't be written: " + e.getMessage(), e);
        }
        if (size == 0) {
            return new Result(0, 0, Optional.empty());
        }
        long start = System.nanoTime();
        space.mmap(SOURCE, size, Permissions.READ, false, source, 0);
        space.mmap(DESTINATION, size, Permissions.READ | Permissions.WRITE, true, destination, 0);
        long done = 0;
        Optional<String> failure = Optional.empty();
        for (List<Descriptor> batch = batch(pieces); !batch.isEmpty() && failure.isEmpty(); batch = batch(pieces)) {
            List<Completion> completions = engine.execute(batch);
            done += completions.stream().mapToLong(Completion::bytes).sum();
            failure = completions.stream()
                    .filter(c -> c.status() != Status.SUCCESS)
                    .findFirst()
                    .map(FileCopy::failure);
            progress.copied(source, done, size);
        }
        space.munmap(SOURCE, size);
        space.munmap(DESTINATION, size);
        return new Result(done, System.nanoTime() - start, failure);
    }

    private static List<Descriptor> batch(Pieces pieces) throws IOException {
        List<Descriptor> batch = new ArrayList<>(BATCH);
        while (batch.size() < BATCH && pieces.next()) {
            batch.add(Descriptor.copy(SOURCE + pieces.start(), DESTINATION + pieces.start(), pieces.length()));
        }
        return batch;
    }

    private static String failure(Completion completion) {
        boolean reading = Long.compareUnsigned(completion.faultAddress(), DESTINATION) < 0;
        return "%s at byte %,d of the %s; was it changed meanwhile?"
                .formatted(
                        completion.status(),
                        completion.faultAddress() - (reading ? SOURCE : DESTINATION),
                        reading ? "source" : "destination");
    }
}
