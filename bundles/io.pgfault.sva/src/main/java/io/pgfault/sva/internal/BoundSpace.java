// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import java.util.IdentityHashMap;
import java.util.function.Consumer;

/**
 * An address space from its first binding to its last: its PASID, its domain, and how many references each device has
 * (kernel: {@code struct iommu_mm_data}). Any thread; one at a time attaches or detaches, and the others wait, also while
 * it drains.
 */
final class BoundSpace implements MmuNotifier {
    private static final System.Logger LOG = System.getLogger(BoundSpace.class.getName());

    private final IoPageFaults faults;
    private final AddressSpace space;
    private final int pasid;
    private final Domain domain;
    private final Consumer<BoundSpace> whenEnded;
    private final IdentityHashMap<Device, Integer> references = new IdentityHashMap<>();
    private boolean ended;

    /**
     * Allocates the domain.
     *
     * @param whenEnded called once, when no device is left and the domain has been freed
     */
    BoundSpace(IoPageFaults faults, AddressSpace space, int pasid, Consumer<BoundSpace> whenEnded) {
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
     * Takes a reference for a device, and attaches the domain if it is the device's first.
     *
     * @return false if the last device has left meanwhile: this object is of no more use
     */
    synchronized boolean take(Device device) {
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

    /** Gives one of a device's references back; the last one drains the PASID and detaches. */
    synchronized void give(Device device) {
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
     * Detaches all devices, whatever references they have. Nothing waits for a handler after that: the handlers may be
     * stopping too.
     */
    synchronized void detachAll() {
        references.keySet().forEach(this::detach);
    }

    /** After {@link #detachAll}: drains, so that no request with the PASID is on its way when somebody else gets it. */
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
            LOG.log(System.Logger.Level.DEBUG, () -> "interrupted while draining " + where(device), e);
        } catch (RuntimeException e) {
            failed("drain", device, e);
        }
    }

    private void detach(Device device) {
        try {
            faults.detach(device, pasid);
        } catch (RuntimeException e) {
            failed("detach", device, e);
        }
    }

    /** Unbinding goes on: a device that was released has been detached already, and the reference is gone either way. */
    private void failed(String what, Device device, RuntimeException e) {
        LOG.log(
                e instanceof IllegalStateException ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
                () -> "could not " + what + " " + where(device) + ", unbinding without it",
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
                    () -> "the domain of address space '%s' outlives its last binding".formatted(space.name()),
                    e);
        }
        whenEnded.accept(this);
    }
}
