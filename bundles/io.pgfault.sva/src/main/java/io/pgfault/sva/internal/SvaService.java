// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import java.util.IdentityHashMap;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Binds devices to address spaces (rule S01). Bindings of different address spaces don't wait for each other.
 *
 * <p>Lock order: a {@link BoundSpace}, then this. A thread that looks a bound space up lets go of this lock before it
 * takes a reference, and looks again if the last device left in between.
 */
@Component(immediate = true)
public final class SvaService implements Sva {
    private final IoPageFaults faults;
    private final PageFrames frames;
    private final PasidAllocator pasids = new PasidAllocator();
    private final IdentityHashMap<AddressSpace, BoundSpace> boundSpaces = new IdentityHashMap<>();
    private boolean stopped;

    /** Binds with PASIDs of its own, in the domains of {@code faults}. */
    @Activate
    public SvaService(@Reference IoPageFaults faults, @Reference PageFrames frames) {
        this.faults = faults;
        this.frames = frames;
    }

    @Override
    public AddressSpace create(String name) {
        return new ProcessAddressSpace(name, List.of(), frames);
    }

    @Override
    public AddressSpace create(String name, List<Area> areas) {
        return new ProcessAddressSpace(name, areas, frames);
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
        BoundSpace bound;
        do {
            bound = boundSpace(space, pasid);
        } while (!bound.take(device));
        return new SvaBinding(bound, device);
    }

    private synchronized BoundSpace boundSpace(AddressSpace space, int pasid) {
        if (stopped) {
            throw new IllegalStateException("the SVA service has stopped; get the service again");
        }
        if (space instanceof ProcessAddressSpace process && process.closed()) {
            throw new IllegalStateException("address space '%s' is gone".formatted(space.name()));
        }
        BoundSpace bound = boundSpaces.get(space);
        if (bound == null) {
            bound = newBoundSpace(space, pasid);
            boundSpaces.put(space, bound);
        } else if (pasid != Pasid.NONE && pasid != bound.pasid()) {
            throw new IllegalStateException("address space '%s' has PASID %d while it is bound, it can't be bound as %d"
                    .formatted(space.name(), bound.pasid(), pasid));
        }
        return bound;
    }

    private BoundSpace newBoundSpace(AddressSpace space, int wanted) {
        int pasid = wanted == Pasid.NONE ? pasids.allocate() : claim(space, wanted);
        BoundSpace bound = null;
        try {
            bound = new BoundSpace(faults, space, pasid, this::ended);
            return bound;
        } finally {
            if (bound == null) {
                pasids.release(pasid);
            }
        }
    }

    private int claim(AddressSpace space, int pasid) {
        if (!pasids.claim(pasid)) {
            String owner = boundSpaces.values().stream()
                    .filter(other -> other.pasid() == pasid)
                    .map(other -> other.space().name())
                    .findAny()
                    .orElseThrow();
            throw new IllegalStateException(
                    "PASID %d belongs to address space '%s', '%s' can't have it".formatted(pasid, owner, space.name()));
        }
        return pasid;
    }

    private synchronized void ended(BoundSpace bound) {
        boundSpaces.remove(bound.space());
        pasids.release(bound.pasid());
    }

    /** Closes all bindings. */
    @Deactivate
    void stop() {
        List<BoundSpace> left;
        synchronized (this) {
            stopped = true;
            left = List.copyOf(boundSpaces.values());
        }
        left.forEach(BoundSpace::detachAll);
        left.forEach(BoundSpace::drainAll);
    }
}
