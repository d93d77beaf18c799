// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.parts.Taps;
import io.pgfault.parts.UnitLogger;
import io.pgfault.userfault.spec.ResponseRecord;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * The driver of one fault queue of the kernel. Any thread calls these methods; the event thread reports.
 *
 * <p>The driver owns the descriptor's reads and writes until {@link #stop} has returned.
 */
public final class Driver {
    private static final long STOP_LIMIT = TimeUnit.SECONDS.toNanos(1);

    /** The time limit of a drain. The core's deadline for groups is 10 s unless configured otherwise. */
    private static final long DRAIN_LIMIT = TimeUnit.SECONDS.toNanos(10);

    private final FaultQueue queue;
    private final Logger logger;
    private final DeviceTable devices = new DeviceTable();
    private final FaultDescriptor descriptor;
    private final GroupReports reports;
    private final EventThread events;

    /**
     * A driver that is not started yet.
     *
     * @param descriptor the kernel's fault queue, which only this driver reads and writes
     * @param taps the taps, which see each response that the kernel took
     * @param failed called once, by the event thread as its last act, if the fault queue fails
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
        this.logger = UnitLogger.of(queue.name());
        WakeUp wakeUp = new WakeUp(queue.name(), calls);
        this.descriptor = new FaultDescriptor(queue.name(), calls, descriptor, taps, wakeUp);
        this.reports = new GroupReports(faults, queue, devices, this.descriptor);
        this.events = new EventThread(queue.name(), calls, descriptor, wakeUp, this.descriptor, reports, failed);
    }

    /** Shows {@code tap} each record that the event thread reads, until the result is closed. */
    public AutoCloseable tapRequests(RequestTap tap) {
        return reports.tap(tap);
    }

    /** Starts the event thread. */
    public void start() {
        events.start();
    }

    /** Ends the event thread and writes the last responses. The caller may close the descriptor after the call. */
    public void stop() throws CallFailed {
        try {
            events.stop(STOP_LIMIT);
        } finally {
            descriptor.close();
            long late = descriptor.late();
            logger.log(Level.DEBUG, "{0}: the kernel had answered {1} groups itself", queue.name(), late);
        }
    }

    /** Assigns faults with the device's id to the device, from now on. */
    public void add(Device device) {
        devices.add(device);
    }

    /** Forgets the device: its id is unknown from now on. */
    public void remove(Device device) {
        devices.remove(device);
    }

    /** Whether a device has that id. */
    public boolean knows(int id) {
        return devices.find(id) != null;
    }

    /**
     * Sends a response. The kernel's queue has no code for FAILURE: the driver writes INVALID.
     *
     * @param token the first word of private data of the report
     */
    public void pageResponse(long token, ResponseCode code) {
        descriptor.answer(token, ResponseRecord.code(code));
        if (!events.isCurrent()) {
            descriptor.flush();
        }
    }

    /**
     * Waits until the event thread has reported the groups in the fault queue. On the event thread: returns at once.
     */
    public void awaitRequests() throws InterruptedException {
        if (!events.isCurrent() && !events.awaitPass(DRAIN_LIMIT)) {
            logger.log(Level.WARNING, "{0}: the event thread is too busy to empty the fault queue", queue.name());
        }
    }

    /** Waits until every earlier request of the device is answered and the response is written. */
    public void drain(Device device) throws InterruptedException {
        refuseEventThread();
        awaitRequests();
        queue.flush(device);
        settle();
    }

    /** Drains all devices as {@link #drain(Device)} drains a device. */
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
            logger.log(
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
