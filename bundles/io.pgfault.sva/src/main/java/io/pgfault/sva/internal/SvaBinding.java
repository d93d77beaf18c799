// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Device;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import java.util.concurrent.atomic.AtomicBoolean;

/** One reference of a device to an address space. */
final class SvaBinding implements Binding {
    private final BoundSpace bound;
    private final Device device;
    private final AtomicBoolean closed = new AtomicBoolean();

    SvaBinding(BoundSpace bound, Device device) {
        this.bound = bound;
        this.device = device;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public AddressSpace space() {
        return bound.space();
    }

    @Override
    public int pasid() {
        return bound.pasid();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            bound.give(device);
        }
    }
}
