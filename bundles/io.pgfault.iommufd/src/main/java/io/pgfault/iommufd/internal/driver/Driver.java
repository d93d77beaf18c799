// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.parts.Taps;
import io.pgfault.userfault.spec.ResponseRecord;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * The software that drives one fault queue of the kernel's. Any thread calls its methods; the event thread reports.
 *
 * <p>The driver owns the descriptor's reads and writes until {@link #stop} has returned.
 */
public final class Driver {
    private static final Logger LOG = System.getLogger(Driver.class.getName());
    private static final long STOP_LIMIT = TimeUnit.SECONDS.toNanos(1);

    /** How long a drain insists; the core's deadline for groups is 10 s unless configured otherwise. */
    private static final long DRAIN_LIMIT = TimeUnit.SECONDS.toNanos(10);

    private final FaultQueue queue;
    private final DeviceTable devices = new DeviceTable();
    private final FaultDescriptor descriptor;
    private final EventThread events;

    /**
     * A driver that is not started yet.
     *
     * @param descriptor the kernel's fault queue, which only this driver reads and writes
     * @param taps are shown each response that the kernel took
     * @param failed called once, by the event thread as its last act, if the fault queue can't be served any more
     */
    public Driver(
            IoPageFaults faults,
            FaultQueue queue,
            SystemCalls calls,
            int descriptor,
            Taps<ResponseTap, ResponseCode> taps,
            Runnable failed)
            throws CallFailed {
        this.queue = queue;
        WakeUp wakeUp = new WakeUp(queue.name(), calls);
        this.descriptor = new FaultDescriptor(queue.name(), calls, descriptor, taps, wakeUp);
        this.events = new EventThread(
                queue.name(),
                calls,
                descriptor,
                wakeUp,
                this.descriptor,
                new GroupReports(faults, queue, devices, this.descriptor),
                failed);
    }

    /** Starts the event thread. */
    public void start() {
        events.start();
    }

    /** Ends the event thread after its pass and writes the last responses; then the descriptor may be closed. */
    public void stop() throws CallFailed {
        try {
            events.stop(STOP_LIMIT);
        } finally {
            descriptor.close();
            long late = descriptor.late();
            LOG.log(Level.DEBUG, "{0}: the kernel had answered {1} groups itself", queue.name(), late);
        }
    }

    /** From now on faults with the device's id are the device's. */
    public void add(Device device) {
        devices.add(device);
    }

    /** From now on the device's id is not known. */
    public void remove(Device device) {
        devices.remove(device);
    }

    /** Whether a device with that id is there. */
    public boolean knows(int id) {
        return devices.find(id) != null;
    }

    /**
     * Sends a response. The kernel's queue has no word for FAILURE: the group is answered INVALID.
     *
     * @param token what was reported as the first word of private data
     */
    public void pageResponse(long token, ResponseCode code) {
        descriptor.answer(token, ResponseRecord.code(code));
        if (!events.isCurrent()) {
            descriptor.flush();
        }
    }

    /** Returns when what waited in the fault queue has been reported; at once on the event thread, which reports it. */
    public void awaitRequests() throws InterruptedException {
        if (!events.isCurrent() && !events.awaitPass(DRAIN_LIMIT)) {
            LOG.log(Level.WARNING, "{0}: the event thread is too busy to empty the fault queue", queue.name());
        }
    }

    /** Returns when what the device had asked before the call is answered, and the answers are written. */
    public void drain(Device device) throws InterruptedException {
        refuseEventThread();
        awaitRequests();
        queue.flush(device);
        settle();
    }

    /** As {@link #drain(Device)}, for all devices. */
    public void drain() throws InterruptedException {
        refuseEventThread();
        awaitRequests();
        for (Device device : queue.devices()) {
            queue.flush(device);
        }
        settle();
    }

    private void settle() {
        if (!descriptor.settle(DRAIN_LIMIT)) {
            LOG.log(
                    Level.WARNING,
                    "{0}: the fault queue takes no responses; a drain returns without them",
                    queue.name());
        }
    }

    private void refuseEventThread() {
        if (events.isCurrent()) {
            throw new IllegalStateException(
                    queue.name() + ": a drain on the event thread would wait for itself; call it from another thread");
        }
    }
}
