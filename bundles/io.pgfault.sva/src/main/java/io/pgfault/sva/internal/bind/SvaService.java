// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.TableFormat;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.sva.internal.space.ProcessAddressSpace;
import io.pgfault.sva.internal.space.RootedAddressSpace;
import java.util.IdentityHashMap;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Binds devices to address spaces (rule S01; kernel: {@code iommu-sva.c}). Any thread; a thread that binds to one
 * address space doesn't wait for a thread that binds to another.
 *
 * <p>Lock order: monitor of a {@link Bond}, then monitor of this object. A thread that looks up a bond releases this
 * object's monitor before it calls {@link Bond#bind}, and looks again if the last device has left the bond in between.
 */
@Component(immediate = true)
public final class SvaService implements Sva {
    private final IoPageFaults faults;
    private final SystemMemory memory;
    private final PasidAllocator pasids = new PasidAllocator();
    /** The address spaces that have bindings. Guarded by the monitor. */
    private final IdentityHashMap<AddressSpace, Bond> bonds = new IdentityHashMap<>();
    /** Whether the service was deactivated, after which it binds no device. Guarded by the monitor. */
    private boolean stopped;

    /**
     * Binds in domains of the core.
     *
     * @param memory behind the address spaces that this service creates
     */
    @Activate
    public SvaService(@Reference IoPageFaults faults, @Reference SystemMemory memory) {
        this.faults = faults;
        this.memory = memory;
    }

    @Override
    public AddressSpace create(String name) {
        return create(name, TableFormat.X86_FOUR_LEVELS);
    }

    @Override
    public AddressSpace create(String name, TableFormat format) {
        return new RootedAddressSpace(name, format, memory);
    }

    @Override
    public AddressSpace create(String name, List<Area> areas) {
        return new ProcessAddressSpace(name, areas, memory);
    }

    @Override
    public Binding bind(Device device, AddressSpace space) {
        return bindAs(device, space, Pasid.NONE);
    }

    @Override
    public Binding bind(Device device, AddressSpace space, int pasid) {
        if (!Pasid.isValid(pasid)) {
            throw new IllegalArgumentException("a PASID is 0 to %d, got %d".formatted(Pasid.MAX, pasid));
        }
        return bindAs(device, space, pasid);
    }

    private Binding bindAs(Device device, AddressSpace space, int pasid) {
        Bond bond;
        do {
            bond = lookUp(space, pasid);
        } while (!bond.bind(device));
        return new SvaBinding(bond, device);
    }

    private synchronized Bond lookUp(AddressSpace space, int pasid) {
        if (stopped) {
            throw new IllegalStateException("the SVA service has stopped; get the service again");
        }
        if (space instanceof ProcessAddressSpace process && process.closed()) {
            throw new IllegalStateException("address space '%s' is gone".formatted(space.name()));
        }
        Bond bond = bonds.get(space);
        if (bond == null) {
            bond = newBond(space, pasid);
            bonds.put(space, bond);
        } else if (pasid != Pasid.NONE && pasid != bond.pasid()) {
            throw new IllegalStateException("address space '%s' has PASID %d while it is bound, it can't be bound as %d"
                    .formatted(space.name(), bond.pasid(), pasid));
        }
        return bond;
    }

    private Bond newBond(AddressSpace space, int wanted) {
        int pasid = wanted == Pasid.NONE ? pasids.allocate() : claim(space, wanted);
        Bond bond = null;
        try {
            bond = new Bond(faults, space, pasid, this::ended);
            return bond;
        } finally {
            if (bond == null) {
                pasids.release(pasid);
            }
        }
    }

    private int claim(AddressSpace space, int pasid) {
        if (!pasids.claim(pasid)) {
            String owner = bonds.values().stream()
                    .filter(other -> other.pasid() == pasid)
                    .map(other -> other.space().name())
                    .findAny()
                    .orElseThrow();
            throw new IllegalStateException(
                    "PASID %d belongs to address space '%s', '%s' can't have it".formatted(pasid, owner, space.name()));
        }
        return pasid;
    }

    private synchronized void ended(Bond bond) {
        bonds.remove(bond.space());
        pasids.release(bond.pasid());
    }

    /** Closes all bindings. */
    @Deactivate
    public void deactivate() {
        List<Bond> left;
        synchronized (this) {
            stopped = true;
            left = List.copyOf(bonds.values());
        }
        left.forEach(Bond::detachAll);
        left.forEach(Bond::drainAll);
    }
}
