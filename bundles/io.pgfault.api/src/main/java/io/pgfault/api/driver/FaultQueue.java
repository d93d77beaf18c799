// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The queue of one unit. A driver adds devices to the queue; the queue owns a bounded set of workers (kernel: {@code
 * struct iopf_queue}). The queue belongs to the driver service that allocated it (rule C20). Any thread may call any
 * method that doesn't say otherwise.
 */
@ProviderType
public interface FaultQueue extends AutoCloseable {
    /** The name that the queue was allocated by: the unit's name. */
    String name();

    /**
     * Adds a device (rule C02; kernel: {@code iopf_queue_add_device}).
     *
     * @throws UnsupportedOperationException if the device's driver can't respond to it
     * @throws IllegalStateException if the device is in a queue already (busy) or this queue has been freed
     */
    void add(Device device);

    /**
     * Removes a device (rule C12; kernel: {@code iopf_queue_remove_device}). The core drops the device's partials and
     * answers its pending groups INVALID. When the call returns, the driver has every response of the device. Later
     * reports fail and later responses are refused. Idempotent.
     */
    void remove(Device device);

    /** The devices in this queue now. */
    List<Device> devices();

    /**
     * Returns when the driver has the response of every group of the device that was closed before the call (rule C13;
     * kernel: {@code iopf_queue_flush_dev}). The deadline bounds the wait. Neither the event thread nor a handler calls
     * this method.
     */
    void flush(Device device) throws InterruptedException;

    /**
     * Drops all partials and poisons of all devices; no response is sent (rule C14; kernel: {@code
     * iopf_queue_discard_partial}).
     */
    void discardPartials();

    /**
     * Begins a batch: the unit's event thread is about to report requests that have all arrived. The thread that begins
     * a batch owes {@link #endBatch}. Until then the core may use one time stamp for several groups of the batch, so
     * deadlines and latency may be early by the length of the batch, and the core may tell workers of several groups at
     * once. One thread at a time.
     */
    default void beginBatch() {}

    /** Ends the batch: its requests have been reported. The thread that began the batch calls this method. */
    default void endBatch() {}

    /** Counts of this unit's requests, groups and responses so far (rule C18). */
    Counters counters();

    /** Latency from close to response of the groups that have been answered so far. */
    Latency latency();

    /** Frees the queue: the core removes the devices first, then stops the workers (rule C01). Idempotent. */
    @Override
    void close();
}
