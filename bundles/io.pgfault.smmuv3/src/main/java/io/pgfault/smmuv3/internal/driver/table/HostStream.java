// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Pasid;
import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;

/**
 * The entries of a stream whose context descriptors are the host's: writes them, and takes them away. One thread at a
 * time.
 */
final class HostStream {
    private final UnitTables unit;
    private final int streamId;
    private final DeviceCaches caches;
    private final ContextTable contexts;

    HostStream(UnitTables unit, int streamId, DeviceCaches caches) {
        this.unit = unit;
        this.streamId = streamId;
        this.caches = caches;
        this.contexts = new ContextTable(unit.memory(), unit.features().substreamBits());
    }

    /** Writes the stream table entry, which aborts or isn't valid, and submits its invalidation. */
    void enter() {
        unit.streams().put(streamId, Attached.host(unit.features(), contexts));
        unit.invalidations().stream(streamId);
    }

    /** Gives the memory back. The unit has forgotten the entries. */
    void release() {
        contexts.release();
    }

    /**
     * Writes the descriptor of a domain where none is valid, and submits its invalidation.
     *
     * @param owner whether the domain owns the PASID table
     */
    void write(int pasid, ContextDescriptor descriptor, boolean owner) {
        contexts.put(ContextTable.index(pasid), descriptor);
        if (owner) {
            contexts.own(descriptor);
        }
        if (pasid == Pasid.NONE) {
            // The entry and all context descriptors: the stream takes transactions without SubstreamID from now on.
            unit.streams().word1(streamId, Attached.hostWord1(unit.features(), true));
            unit.invalidations().stream(streamId);
        } else {
            unit.invalidations().descriptor(streamId, pasid);
        }
    }

    /**
     * Makes the descriptor of a PASID invalid.
     *
     * @param served the domain that the descriptor serves
     * @param own whether the domain is attached there; else it owns the PASID table
     * @return whether the unit has forgotten the descriptor; if not, the commands for that are in the queue
     */
    boolean takeAway(int pasid, Attached served, boolean own) {
        long shared = 0;
        if (pasid == Pasid.NONE) {
            unit.streams().word1(streamId, Attached.hostWord1(unit.features(), false));
            contexts.clear(ContextTable.WITHOUT_PASID);
            shared = served.ownsPasidTable() ? contexts.disown() : 0;
            unit.invalidations().stream(streamId);
        } else {
            contexts.clear(pasid);
            unit.invalidations().descriptor(streamId, pasid);
        }
        if (own) {
            unit.invalidations().asid(served.id());
        }
        boolean forgotten = caches.forgotten();
        caches.tablesChanged(pasid);
        if (forgotten && shared != 0) {
            contexts.release(shared);
        }
        return forgotten;
    }

    /** Gives the descriptor of a PASID, which isn't valid, back to the owner of the PASID table, if there is one. */
    void giveBack(int pasid) {
        contexts.giveBack(ContextTable.index(pasid));
    }

    /**
     * Takes the context descriptor of substream 0 from the domain of PASID 0.
     *
     * @param served the domain of PASID 0, {@code null} without one
     * @return whether the unit has forgotten the descriptor; if not, the descriptor is valid again
     */
    boolean displace(Attached served) {
        if (served == null) {
            return true;
        }
        contexts.clear(ContextTable.WITHOUT_PASID);
        unit.invalidations().descriptor(streamId, ContextTable.WITHOUT_PASID);
        unit.invalidations().asid(served.id());
        if (caches.forgotten()) {
            caches.tablesChanged(ContextTable.WITHOUT_PASID);
            return true;
        }
        restore(served);
        return false;
    }

    /** Writes the context descriptor of substream 0 for the domain of PASID 0, and waits for the unit. */
    void restore(Attached served) {
        StageTables.OfAsid tables = Attached.tables(served.domain().pageTable());
        long root = Attached.root(served.domain().pageTable(), tables);
        contexts.put(
                ContextTable.WITHOUT_PASID,
                Attached.descriptor(unit.features(), served.id(), root, tables instanceof StageTables.InMemory));
        unit.invalidations().descriptor(streamId, ContextTable.WITHOUT_PASID);
        caches.forgotten("attached");
        caches.tablesChanged(ContextTable.WITHOUT_PASID);
    }
}
