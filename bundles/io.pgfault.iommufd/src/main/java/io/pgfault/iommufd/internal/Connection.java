// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.FaultSource.KernelDevice;
import io.pgfault.parts.UnitLogger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A device of the kernel behind a unit. The kernel queues the device's faults while at least one domain is attached to
 * the device. Any thread.
 */
final class Connection implements AutoCloseable {
    private final KernelDevice known;
    private final Device device;
    private final Consumer<Connection> remover;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** The PASIDs with a domain. Any thread reads and writes it under the monitor. */
    private final Set<Integer> attached = new HashSet<>();

    /** Set by the thread that constructs a mock device's component; responding threads read it. */
    private volatile ResponseListener listener = ResponseListener.NOBODY;

    /** Receives a device's responses. The responding thread calls the methods, which must not block. */
    interface ResponseListener {
        /** Ignores every call. */
        ResponseListener NOBODY = new ResponseListener() {};

        /** Called after the response to a group. */
        default void answered(int groupId, ResponseCode code) {}

        /** Called after the kernel has answered every unanswered group INVALID and has detached the device. */
        default void detached() {}
    }

    /** @param remover removes the device from the unit; the first call of {@link #close} runs it */
    Connection(KernelDevice known, Device device, Consumer<Connection> remover) {
        this.known = known;
        this.device = device;
        this.remover = remover;
    }

    Device device() {
        return device;
    }

    KernelDevice known() {
        return known;
    }

    void listener(ResponseListener listener) {
        this.listener = listener;
    }

    void answered(int groupId, ResponseCode code) {
        listener.answered(groupId, code);
    }

    /** Whether the kernel queues the device's faults. */
    synchronized boolean isAttached() {
        return !attached.isEmpty();
    }

    /**
     * Notes that a PASID has a domain; the kernel attaches the device at the first PASID.
     *
     * @throws IllegalStateException if the kernel refuses
     */
    synchronized void attach(int pasid) {
        if (attached.isEmpty()) {
            try {
                known.attach();
            } catch (CallFailed e) {
                throw new IllegalStateException(
                        "device " + device.name() + ": the kernel gives the device no page table with a fault queue: "
                                + e.getMessage() + "; the IOMMU must support page requests (PRI) for the device",
                        e);
            }
        }
        attached.add(pasid);
    }

    /** Notes that a PASID has no domain; the kernel detaches the device at the last PASID. */
    synchronized void detach(int pasid) {
        if (attached.remove(pasid) && attached.isEmpty()) {
            detachKernel();
        }
    }

    /** Detaches the device in the kernel from the domains of all PASIDs. */
    synchronized void detachAll() {
        if (!attached.isEmpty()) {
            attached.clear();
            detachKernel();
        }
    }

    private void detachKernel() {
        try {
            known.detach();
        } catch (CallFailed e) {
            UnitLogger.of(device.unit())
                    .log(Level.ERROR, "device " + device.name() + ": the kernel failed to detach the device", e);
        }
        listener.detached();
    }

    /** Gives the device back to the kernel. */
    void giveBack() {
        try {
            known.close();
        } catch (CallFailed e) {
            UnitLogger.of(device.unit())
                    .log(Level.ERROR, "device " + device.name() + ": the kernel failed to take the device back", e);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            remover.accept(this);
        }
    }
}
