// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;

/** What the components share: a device of the kernel's with what handles its faults, from construction to {@link #close}. */
final class BoundDevice implements AutoCloseable {
    private final Connection connection;
    private final Attachment attachment;

    /**
     * Connects the device, and then attaches what handles its faults.
     *
     * @param name the configured name
     * @param kind kind of the domain, see {@link Attachment#open}
     * @throws IllegalStateException if either fails; the message says why
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
        Attachment opened = null;
        try {
            opened = Attachment.open(faults, connection.device(), kind, sva, space, pasid);
        } finally {
            if (opened == null) {
                connection.close();
            }
        }
        this.attachment = opened;
    }

    Connection connection() {
        return connection;
    }

    Device device() {
        return connection.device();
    }

    int pasid() {
        return attachment.pasid();
    }

    /** Disconnects, which has everything pending answered, and then detaches: the other way round it would be drained. */
    @Override
    public void close() {
        try {
            connection.close();
        } finally {
            attachment.close();
        }
    }
}
