// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;

/**
 * A device of the kernel and its domain, from construction to {@link #close}: the shared part of {@link IommufdDevice}
 * and {@link MockEndpoint}.
 */
final class BoundDevice implements AutoCloseable {
    private final Connection connection;
    private final DeviceDomain domain;

    /**
     * Connects the device first and attaches its domain then.
     *
     * @param name the configured name
     * @param kind kind of the domain, see {@link DeviceDomain#open}
     * @throws IllegalStateException if the device can't be connected or the domain can't be attached; the message says
     *     why
     */
    BoundDevice(
            IommufdUnit unit,
            IoPageFaults faults,
            Sva sva,
            AddressSpace space,
            String name,
            DeviceChoice choice,
            String kind,
            int pasid) {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("a device of unit " + unit.name() + " has no name; give it one");
        }
        this.connection = unit.connect(name, choice);
        DeviceDomain opened = null;
        try {
            opened = DeviceDomain.open(faults, connection.device(), kind, sva, space, pasid);
        } finally {
            if (opened == null) {
                connection.close();
            }
        }
        this.domain = opened;
    }

    Connection connection() {
        return connection;
    }

    Device device() {
        return connection.device();
    }

    int pasid() {
        return domain.pasid();
    }

    /**
     * Disconnects the device first, so that the core answers the pending groups (rule C12), and detaches the domain
     * then. In the opposite order the detaching thread would drain the device.
     */
    @Override
    public void close() {
        try {
            connection.close();
        } finally {
            domain.close();
        }
    }
}
