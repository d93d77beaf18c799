// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import io.pgfault.api.Device;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import java.util.concurrent.atomic.AtomicBoolean;

/** One reference of a device to an address space (kernel: {@code struct iommu_sva}). Any thread. */
final class SvaBinding implements Binding {
    private final Bond bond;
    private final Device device;
    private final AtomicBoolean closed = new AtomicBoolean();

    SvaBinding(Bond bond, Device device) {
        this.bond = bond;
        this.device = device;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public AddressSpace space() {
        return bond.space();
    }

    @Override
    public int pasid() {
        return bond.pasid();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            bond.unbind(device);
        }
    }
}
