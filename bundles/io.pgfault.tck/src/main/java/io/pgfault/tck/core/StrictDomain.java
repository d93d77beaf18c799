// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import java.util.LinkedHashSet;
import java.util.Set;

/** A domain that knows where it is attached, and can't be freed there (rule C19). Any thread. */
public final class StrictDomain implements Domain {
    /** One attachment. */
    private record Place(Device device, int pasid) {
        @Override
        public String toString() {
            return device.name() + (pasid == Pasid.NONE ? "" : ", PASID " + pasid);
        }
    }

    private final String kind;
    private final String name;
    private final PageTable pageTable;
    private final boolean nested;

    /** Guarded by this domain's monitor. */
    private final Set<Place> places = new LinkedHashSet<>();

    /** Guarded by this domain's monitor. */
    private boolean freed;

    /** Makes a domain that is attached nowhere; the parameters are those of {@code IoPageFaults.allocateDomain}. */
    public StrictDomain(String kind, String name, PageTable pageTable, boolean nested) {
        this.kind = kind;
        this.name = name;
        this.pageTable = pageTable;
        this.nested = nested;
    }

    /** Notes an attachment; throws IllegalStateException if the domain has been freed. */
    synchronized void attached(Device device, int pasid) {
        if (freed) {
            throw new IllegalStateException("domain " + name + " has been freed");
        }
        places.add(new Place(device, pasid));
    }

    /** Forgets an attachment. */
    synchronized void detached(Device device, int pasid) {
        places.remove(new Place(device, pasid));
    }

    @Override
    public synchronized void free() {
        if (!places.isEmpty()) {
            throw new IllegalStateException("domain " + name + " is attached to " + places);
        }
        freed = true;
    }

    /** Whether the domain has been freed. */
    public synchronized boolean isFreed() {
        return freed;
    }

    @Override
    public String kind() {
        return kind;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public PageTable pageTable() {
        return pageTable;
    }

    @Override
    public boolean nested() {
        return nested;
    }

    @Override
    public String toString() {
        return name;
    }
}
