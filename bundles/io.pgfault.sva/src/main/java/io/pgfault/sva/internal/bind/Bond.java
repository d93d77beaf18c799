// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.space.MmuNotifier;
import io.pgfault.sva.internal.space.ProcessAddressSpace;
import java.util.IdentityHashMap;
import java.util.function.Consumer;

/**
 * An address space from its first binding to its last: its PASID, its domain, and the references of each device
 * (kernel: {@code struct iommu_mm_data}). Any thread. A thread that attaches, drains or detaches holds this object's
 * monitor, so other threads that bind or unbind the same address space wait.
 */
final class Bond implements MmuNotifier {
    private static final System.Logger LOG = System.getLogger(Bond.class.getName());

    private final IoPageFaults faults;
    private final AddressSpace space;
    private final int pasid;
    private final Domain domain;
    private final Consumer<Bond> whenEnded;
    /** How many bindings each attached device has. Guarded by the monitor. */
    private final IdentityHashMap<Device, Integer> references = new IdentityHashMap<>();
    /** Whether the last binding was closed, after which the bond takes no binding. Guarded by the monitor. */
    private boolean ended;

    /**
     * Allocates the domain.
     *
     * @param whenEnded called once with this bond, when no device is left and the domain has been freed
     */
    Bond(IoPageFaults faults, AddressSpace space, int pasid, Consumer<Bond> whenEnded) {
        this.faults = faults;
        this.space = space;
        this.pasid = pasid;
        this.whenEnded = whenEnded;
        this.domain = faults.allocateDomain(Sva.DOMAIN_KIND, space.name(), space, false);
        if (space instanceof ProcessAddressSpace process) {
            process.register(this);
        }
    }

    AddressSpace space() {
        return space;
    }

    int pasid() {
        return pasid;
    }

    @Override
    public void invalidate(long first, long last) {
        faults.invalidate(domain, first, last);
    }

    /**
     * Takes a reference for a device. The device's first reference attaches the domain.
     *
     * @return false if the bond has ended: the caller looks for a new bond
     */
    synchronized boolean bind(Device device) {
        if (ended) {
            return false;
        }
        if (!references.containsKey(device)) {
            attach(device);
        }
        references.merge(device, 1, Integer::sum);
        return true;
    }

    private void attach(Device device) {
        boolean attached = false;
        try {
            faults.attach(device, pasid, domain);
            attached = true;
        } finally {
            if (!attached && references.isEmpty()) {
                end();
            }
        }
    }

    /** Drops a reference of a device. The device's last reference drains the PASID and detaches the domain. */
    synchronized void unbind(Device device) {
        if (ended) {
            return;
        }
        int left = references.get(device) - 1;
        if (left > 0) {
            references.put(device, left);
            return;
        }
        drain(device);
        detach(device);
        references.remove(device);
        if (references.isEmpty()) {
            end();
        }
    }

    /**
     * Detaches all devices, however many references each has. A detach answers the groups that handlers hold, so the
     * drain that follows doesn't wait for a handler, which may be stopping too.
     */
    synchronized void detachAll() {
        references.keySet().forEach(this::detach);
    }

    /**
     * After {@link #detachAll}: drains, so that no request with the PASID is on its way when the PASID is allocated
     * again.
     */
    synchronized void drainAll() {
        if (!ended) {
            references.keySet().forEach(this::drain);
            references.clear();
            end();
        }
    }

    private void drain(Device device) {
        try {
            faults.drain(device, pasid);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> "%s: interrupted while draining; unbinding goes on".formatted(where(device)),
                    e);
        } catch (RuntimeException | Error e) {
            // Rule C21: the driver is a plug-in, and the other devices have to be unbound all the same.
            failed("drain", device, e);
        }
    }

    private void detach(Device device) {
        try {
            faults.detach(device, pasid);
        } catch (RuntimeException | Error e) {
            failed("detach", device, e);
        }
    }

    /** Logs a failure; unbinding goes on. The core refuses a device that was released, and has detached it already. */
    private void failed(String what, Device device, Throwable e) {
        LOG.log(
                e instanceof IllegalStateException ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
                () -> "%s: can't %s; unbinding goes on".formatted(where(device), what),
                e);
    }

    private String where(Device device) {
        return "device %s pasid %d of %s".formatted(device.name(), pasid, space.name());
    }

    private void end() {
        ended = true;
        if (space instanceof ProcessAddressSpace process) {
            process.unregister(this);
        }
        try {
            domain.free();
        } catch (IllegalStateException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "address space '%s': its domain outlives the last binding".formatted(space.name()),
                    e);
        }
        whenEnded.accept(this);
    }
}
