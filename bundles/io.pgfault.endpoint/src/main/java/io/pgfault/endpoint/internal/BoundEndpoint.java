// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.RequesterId;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.endpoint.internal.device.DeviceModel;

/**
 * A device model that is bound to an address space from construction to {@link #close}: the part that three components
 * share.
 */
abstract class BoundEndpoint implements Endpoint {
    private final DeviceModel model;
    private final Binding binding;

    /**
     * Binds a connected device; disconnects the device if the binding fails.
     *
     * @param pasid the PASID to bind with, {@link Pasid#NONE} to have one allocated
     * @throws IllegalStateException if the device can't be bound; the message says why
     * @throws IllegalArgumentException if {@code pasid} is neither {@link Pasid#NONE} nor 0 to {@link Pasid#MAX}
     */
    BoundEndpoint(DeviceModel model, Sva sva, AddressSpace space, int pasid) {
        this.model = model;
        Binding bound = null;
        try {
            bound = bind(model, sva, space, pasid);
        } finally {
            if (bound == null) {
                model.disconnect();
            }
        }
        this.binding = bound;
    }

    /** The configured name of a device. */
    static String name(String pid, String configured) {
        if (configured == null || configured.isBlank()) {
            throw new IllegalArgumentException(
                    "a configuration of " + pid + " has no " + DEVICE_NAME + "; give the device a name");
        }
        return configured;
    }

    /** The configured id of a device. */
    static int id(String name, String configured) {
        try {
            return RequesterId.parse(configured == null ? "" : configured);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("device " + name + ": " + e.getMessage(), e);
        }
    }

    private static Binding bind(DeviceModel model, Sva sva, AddressSpace space, int pasid) {
        if (pasid != Pasid.NONE && !Pasid.isValid(pasid)) {
            throw new IllegalArgumentException("device " + model.name() + ": pasid is 0 to " + Pasid.MAX
                    + ", or -1 to have one allocated, got " + pasid);
        }
        try {
            return pasid == Pasid.NONE ? sva.bind(model.device(), space) : sva.bind(model.device(), space, pasid);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "device " + model.name() + " can't be bound to address space " + space.name() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    @Override
    public final String name() {
        return model.name();
    }

    @Override
    public final Device device() {
        return model.device();
    }

    @Override
    public final int pasid() {
        return binding.pasid();
    }

    @Override
    public final Access access(int pasid, long address, int permissions) throws InterruptedException {
        return model.access(pasid, address, permissions);
    }

    /** The model. */
    final DeviceModel model() {
        return model;
    }

    /**
     * Disconnects the device first, so that the core answers the pending groups (rule C12), and unbinds then. In the
     * opposite order the unbinding thread would drain, and wait up to the deadline for a handler that holds a group.
     */
    final void close() {
        try {
            model.disconnect();
        } finally {
            binding.close();
        }
    }
}
