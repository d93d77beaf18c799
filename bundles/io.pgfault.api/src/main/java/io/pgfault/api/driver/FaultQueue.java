// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The per-unit queue that devices are added to; it owns a bounded set of workers (kernel: {@code struct iopf_queue}). Any
 * thread.
 */
@ProviderType
public interface FaultQueue extends AutoCloseable {
    /** The name it was allocated by: the unit's. */
    String name();

    /**
     * Adds a device (rule C02; kernel: {@code iopf_queue_add_device}).
     *
     * @throws UnsupportedOperationException if the device's driver can't respond to it
     * @throws IllegalStateException if the device is in a queue already (busy) or this queue has been freed
     */
    void add(Device device);

    /**
     * Removes a device (rule C12; kernel: {@code iopf_queue_remove_device}): its partials are dropped, its pending groups
     * answered INVALID, later reports fail, later answers are refused. Idempotent.
     */
    void remove(Device device);

    /** The devices in this queue now. */
    List<Device> devices();

    /**
     * Returns when every group of the device that was closed before the call has been answered (rule C13; kernel: {@code
     * iopf_queue_flush_dev}); the deadline bounds it. Not called on the event thread or by a handler.
     */
    void flush(Device device) throws InterruptedException;

    /** Drops all partials and poisons of all devices and answers nothing (rule C14; kernel: {@code iopf_queue_discard_partial}). */
    void discardPartials();

    /**
     * For the unit's event thread, before it reports requests that have all arrived: until {@link #endBatch} the time is
     * not taken anew for every group. A group that it closes may count as closed when the batch began, or when
     * this thread last answered a group of it, but no more than 16 groups early. One thread at a time.
     */
    default void beginBatch() {}

    /** The requests have been reported. On the thread that began the batch. */
    default void endBatch() {}

    /** What has happened to this unit's requests so far. */
    Counters counters();

    /** Latency from close to response of the groups answered so far. */
    Latency latency();

    /** Frees the queue: removes its devices first, then stops the workers (rule C01). Idempotent. */
    @Override
    void close();
}
