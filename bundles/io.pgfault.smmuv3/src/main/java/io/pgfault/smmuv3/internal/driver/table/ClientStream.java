// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import java.util.List;

/**
 * The entry of a stream whose context descriptors are a client's (rule N01): checks what the client says, writes the
 * entry, and takes it away. One thread at a time; any thread invalidates meanwhile.
 */
final class ClientStream {
    private final UnitTables unit;
    private final String device;
    private final int streamId;
    private final DeviceCaches caches;
    private final FirstStageFields fields;
    private final ClientInvalidations invalidations;

    /** @param device the device's name, for messages */
    ClientStream(UnitTables unit, String device, int streamId, DeviceCaches caches, ClientInvalidations invalidations) {
        this.unit = unit;
        this.device = device;
        this.streamId = streamId;
        this.caches = caches;
        this.fields = new FirstStageFields(device);
        this.invalidations = invalidations;
    }

    /**
     * Checks whether a client may have the stream. Nothing changes.
     *
     * @param taken the PASIDs to which domains of the host are attached
     * @return the client's half of the stream table entry
     * @throws IllegalArgumentException if a field is wrong, or the domain is to serve a PASID
     * @throws IllegalStateException if domains of the host have PASIDs of the stream
     */
    Smmuv3FirstStage check(int pasid, Domain domain, NestedTable client, List<Integer> taken) {
        Smmuv3FirstStage stage = fields.check(client.firstStage());
        if (pasid != Pasid.NONE || !domain.nested()) {
            throw new IllegalArgumentException(
                    "device %s, %s: the first stage of a user on unit %s (SMMUv3) is a whole stream's; attach a domain that"
                                    .formatted(device, pasid == Pasid.NONE ? "no PASID" : "PASID " + pasid, unit.unit())
                            + " owns the PASID table, without PASID");
        }
        if (!taken.isEmpty()) {
            throw new IllegalStateException(
                    "device %s: domain %s takes all context descriptors, but domains of the host are attached to PASIDs %s;"
                                    .formatted(device, domain.name(), taken)
                            + " detach them first");
        }
        return stage;
    }

    /**
     * Takes a VMID for a domain.
     *
     * @throws IllegalStateException if no VMID is left
     */
    Attached acquire(Domain domain, NestedTable client) {
        StageTables.Nested tables =
                new StageTables.Nested(client.memory(), client.secondStage().pageTable());
        return new Attached(Pasid.NONE, domain, unit.vmids().acquire(domain, tables), client, true);
    }

    /** Has the stream abort; returns whether the unit has forgotten the entry before. */
    boolean abort() {
        unit.streams().abort(streamId);
        unit.invalidations().stream(streamId);
        return caches.forgotten();
    }

    /** Writes the entry, which aborts, and submits its invalidation. */
    void write(Smmuv3FirstStage stage, Attached attached) {
        unit.streams().put(streamId, Attached.nested(stage, attached.id()));
        unit.invalidations().stream(streamId);
    }

    /** Has the stream abort; returns whether the unit has forgotten the client's entry and translations. */
    boolean takeAway(Attached client) {
        unit.streams().abort(streamId);
        unit.invalidations().stream(streamId);
        unit.invalidations().vmid(client.id());
        return caches.forgotten();
    }

    /**
     * Carries out a command of the client.
     *
     * @throws IllegalArgumentException if the words are wrong; nothing has been invalidated
     * @throws IllegalStateException if a device holds up the command queue
     */
    void invalidate(Attached client, Smmuv3Invalidation command) {
        if (invalidations.submit(command, client.id(), fields.check(command)) && !caches.forgotten()) {
            throw caches.heldUp("invalidated");
        }
    }
}
