// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/** The channels of a DMA engine, each with a thread of its own. Any thread. */
final class DmaChannels implements AutoCloseable {
    private static final int MAX_CHANNELS = 256;
    private static final int MAX_GROUP_SIZE = 512;
    private static final Completion GONE = new Completion(Status.DISCONNECTED, 0, 0, 0, 0, 0);

    private final ExecutorService threads;

    /** As many as there are threads, so that each thread finds one. */
    private final Queue<DmaChannel> idle = new ConcurrentLinkedQueue<>();

    /**
     * Starts the channels.
     *
     * @param channels how many descriptors are worked on at the same time, 1 to 256
     * @param groupSize how many pages are asked for in one group, 1 to 512
     * @throws IllegalArgumentException if a number is out of range, or the device can't ask for several pages
     */
    DmaChannels(DeviceModel device, PhysicalMemory memory, int pasid, int channels, int groupSize) {
        if (channels < 1 || channels > MAX_CHANNELS) {
            throw new IllegalArgumentException(
                    "device %s: channels is 1 to %d, got %d".formatted(device.name(), MAX_CHANNELS, channels));
        }
        if (groupSize < 1 || groupSize > MAX_GROUP_SIZE) {
            throw new IllegalArgumentException(
                    "device %s: group.size is 1 to %d, got %d".formatted(device.name(), MAX_GROUP_SIZE, groupSize));
        }
        if (groupSize > 1 && device instanceof StallingMaster) {
            throw new IllegalArgumentException(
                    "device %s: a transaction stalls for one page, so that group.size is 1, got %d"
                            .formatted(device.name(), groupSize));
        }
        for (int i = 0; i < channels; i++) {
            idle.add(new DmaChannel(device, memory, pasid, groupSize));
        }
        threads = Executors.newFixedThreadPool(channels, work -> {
            Thread thread = new Thread(work, device.name() + " channel");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Works a batch off; what is not done when the channels are closed is DISCONNECTED. */
    List<Completion> execute(List<Descriptor> batch) throws InterruptedException {
        List<Callable<Completion>> work = new ArrayList<>(batch.size());
        for (Descriptor descriptor : batch) {
            work.add(() -> onChannel(descriptor));
        }
        List<Completion> completions = new ArrayList<>(batch.size());
        try {
            for (Future<Completion> future : threads.invokeAll(work)) {
                completions.add(completion(future));
            }
        } catch (RejectedExecutionException e) {
            // Closed before all of the batch was handed over.
            completions.clear();
            batch.forEach(d -> completions.add(GONE));
        }
        return List.copyOf(completions);
    }

    private Completion onChannel(Descriptor descriptor) throws InterruptedException {
        DmaChannel channel = idle.remove();
        try {
            return channel.execute(descriptor);
        } catch (InterruptedException e) {
            if (threads.isShutdown()) {
                return GONE;
            }
            throw e;
        } finally {
            idle.add(channel);
        }
    }

    private static Completion completion(Future<Completion> future) throws InterruptedException {
        try {
            return future.get();
        } catch (CancellationException e) {
            return GONE;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a descriptor broke its channel", e.getCause());
        }
    }

    /** Stops; waiting batches come to their end. */
    @Override
    public void close() {
        for (Runnable waiting : threads.shutdownNow()) {
            if (waiting instanceof Future<?> future) {
                future.cancel(false);
            }
        }
    }
}
