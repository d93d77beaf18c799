// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.dma;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.endpoint.internal.device.DeviceModel;
import io.pgfault.endpoint.internal.device.StallingMaster;
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

/** The channels of a DMA engine, and a thread for each channel. Any thread calls these methods. */
public final class DmaChannels implements AutoCloseable {
    private static final int MAX_CHANNELS = 256;
    private static final int MAX_GROUP_SIZE = 512;
    private static final Completion GONE = new Completion(Status.DISCONNECTED, 0, 0, 0, 0, 0);

    private final ExecutorService threads;

    /** The idle channels. There are as many channels as threads, so that each thread finds a channel. Any thread. */
    private final Queue<DmaChannel> idle = new ConcurrentLinkedQueue<>();

    /**
     * Starts the channels.
     *
     * @param channels the count of channels, 1 to 256; each channel does one descriptor at a time
     * @param groupSize the largest count of pages in one group, 1 to 512
     * @throws IllegalArgumentException if a number is out of range, or the device stalls and the group size is above 1
     */
    public DmaChannels(DeviceModel device, PhysicalMemory memory, int pasid, int channels, int groupSize) {
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

    /**
     * Does a batch and waits for it. Descriptors that are unfinished at {@link #close} complete DISCONNECTED.
     *
     * @throws IllegalStateException if the unit or the memory threw; the cause is what it threw (rule C21)
     */
    public List<Completion> execute(List<Descriptor> batch) throws InterruptedException {
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
            // Another thread closed the channels before this thread had handed over the whole batch.
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
            throw new IllegalStateException("the unit or the memory of a descriptor threw", e.getCause());
        }
    }

    /** Stops the channels. Waiting batches end with DISCONNECTED. */
    @Override
    public void close() {
        for (Runnable waiting : threads.shutdownNow()) {
            if (waiting instanceof Future<?> future) {
                future.cancel(false);
            }
        }
    }
}
