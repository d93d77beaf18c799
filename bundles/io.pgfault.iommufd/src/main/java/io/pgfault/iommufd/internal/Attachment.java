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

/** What handles a device's faults: an address space it is bound to, or a domain of any kind. From opening to {@link #close}. */
interface Attachment extends AutoCloseable {
    /** The PASID of the faults that are handled, {@link Pasid#NONE} if those without one, and all, are. */
    int pasid();

    @Override
    void close();

    /** Handles nothing: faults are answered INVALID. */
    Attachment NOTHING = new Attachment() {
        @Override
        public int pasid() {
            return Pasid.NONE;
        }

        @Override
        public void close() {}
    };

    /**
     * Attaches.
     *
     * @param kind kind of the domain; {@link Sva#DOMAIN_KIND} needs an address space
     * @param sva {@code null} if it isn't there
     * @param space {@code null} if it isn't there: a device of kind sva waits for it unattached
     * @param pasid 0 to {@link Pasid#MAX}, or {@link Pasid#NONE}: kind sva has one allocated, another kind gets the faults of
     *     every PASID and those without
     */
    static Attachment open(IoPageFaults faults, Device device, String kind, Sva sva, AddressSpace space, int pasid) {
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
        return new Attachment() {
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

    private static Attachment ofKind(IoPageFaults faults, Device device, String kind, int pasid) {
        Domain domain =
                faults.allocateDomain(kind, kind + " of " + device.name(), PageTable.EMPTY, pasid == Pasid.NONE);
        faults.attach(device, pasid, domain);
        return new Attachment() {
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
