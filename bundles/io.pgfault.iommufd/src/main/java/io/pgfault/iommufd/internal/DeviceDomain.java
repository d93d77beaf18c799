// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;

/**
 * The domain that resolves a device's faults, attached from {@link #open} to {@link #close}: an address space, to which
 * the device is bound, or a domain of another kind.
 */
interface DeviceDomain extends AutoCloseable {
    /** The PASID of the handled faults, {@link Pasid#NONE} if the domain handles the faults of every PASID. */
    int pasid();

    @Override
    void close();

    /** No domain: the core answers every fault INVALID. */
    DeviceDomain NOTHING = new DeviceDomain() {
        @Override
        public int pasid() {
            return Pasid.NONE;
        }

        @Override
        public void close() {}
    };

    /**
     * Attaches a domain to a device.
     *
     * @param kind kind of the domain; {@link Sva#DOMAIN_KIND} needs an address space
     * @param sva the service, {@code null} if no service is registered
     * @param space the address space, {@code null} if no address space is registered: then the device has no domain
     * @param pasid 0 to {@link Pasid#MAX}, or {@link Pasid#NONE}: for kind sva, SVA allocates a
     *     PASID; a domain of another kind gets the faults of every PASID and the faults without PASID
     */
    static DeviceDomain open(IoPageFaults faults, Device device, String kind, Sva sva, AddressSpace space, int pasid) {
        if (pasid != Pasid.NONE && !Pasid.isValid(pasid)) {
            throw new IllegalArgumentException(
                    "device %s: pasid is 0 to %d, or -1, got %d".formatted(device.name(), Pasid.MAX, pasid));
        }
        if (!kind.equals(Sva.DOMAIN_KIND)) {
            return ofKind(faults, device, kind, pasid);
        }
        if (sva == null || space == null) {
            return NOTHING;
        }
        Binding binding = pasid == Pasid.NONE ? sva.bind(device, space) : sva.bind(device, space, pasid);
        return new DeviceDomain() {
            @Override
            public int pasid() {
                return binding.pasid();
            }

            @Override
            public void close() {
                binding.close();
            }
        };
    }

    private static DeviceDomain ofKind(IoPageFaults faults, Device device, String kind, int pasid) {
        Domain domain =
                faults.allocateDomain(kind, kind + " of " + device.name(), PageTable.EMPTY, pasid == Pasid.NONE);
        faults.attach(device, pasid, domain);
        return new DeviceDomain() {
            @Override
            public int pasid() {
                return pasid;
            }

            @Override
            public void close() {
                faults.detach(device, pasid);
                domain.free();
            }
        };
    }
}
