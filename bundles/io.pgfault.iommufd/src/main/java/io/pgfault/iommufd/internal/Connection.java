// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.KernelDevice;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A device of the kernel's behind a unit. The kernel queues the device's faults while at least one domain is attached to the
 * device. Any thread.
 */
final class Connection implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Connection.class.getName());

    private final KernelDevice known;
    private final Device device;
    private final Consumer<Connection> remover;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** PASIDs that have a domain. Read and written under the monitor. */
    private final Set<Integer> attached = new HashSet<>();

    private volatile ResponseListener listener = ResponseListener.NOBODY;

    /** Is told of a device's responses, on the thread that responds; doesn't block. */
    interface ResponseListener {
        /** Ignores every call. */
        ResponseListener NOBODY = new ResponseListener() {};

        /** A group has its response. */
        default void answered(int groupId, ResponseCode code) {}

        /** The kernel has answered every outstanding group INVALID, and queues no fault of the device any more. */
        default void detached() {}
    }

    /** @param remover takes the device out of the unit, called the first time this is closed */
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
     * A domain is attached for a PASID.
     *
     * @throws IllegalStateException if the kernel refuses
     */
    synchronized void attach(int pasid) {
        if (attached.isEmpty()) {
            try {
                known.attach();
            } catch (CallFailed e) {
                throw new IllegalStateException(
                        "device " + device.name() + ": the kernel gives it no page table with a fault queue: "
                                + e.getMessage() + "; its IOMMU must support page requests (PRI) for it",
                        e);
            }
        }
        attached.add(pasid);
    }

    /** The domain of a PASID is detached. */
    synchronized void detach(int pasid) {
        if (attached.remove(pasid) && attached.isEmpty()) {
            detachKernel();
        }
    }

    /** Detaches the device in the kernel, whichever PASIDs have domains. */
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
            LOG.log(Level.ERROR, "device " + device.name() + ": the kernel failed to detach it", e);
        }
        listener.detached();
    }

    /** Gives the device back to the kernel. */
    void giveBack() {
        try {
            known.close();
        } catch (CallFailed e) {
            LOG.log(Level.ERROR, "device " + device.name() + ": the kernel failed to take it back", e);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            remover.accept(this);
        }
    }
}
