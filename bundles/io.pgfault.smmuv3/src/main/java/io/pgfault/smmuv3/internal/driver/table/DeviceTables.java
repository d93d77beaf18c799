// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.parts.PasidSet;
import io.pgfault.parts.UnitLogger;
import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/**
 * What is attached to the PASIDs of one device, and the entries that say so. One thread at a time attaches, detaches
 * and closes; any thread invalidates meanwhile.
 *
 * <p>The order of a change (IHI 0070 F.b §3.21.3): the descriptor's valid bit is cleared, configuration cache and TLB
 * are invalidated, the hardware has executed that, the new descriptor is written, valid bit last, and the configuration
 * cache is invalidated again. Then the device's own cache is invalidated. An ASID or a VMID is given back last of all,
 * so nothing cached has it when another domain gets it. A stream table entry is changed in the same order; it says
 * abort in between. After each of these invalidations a device that is assigned to a guest has its host forget what the
 * host's unit had cached of the same descriptors ({@code Downstream.tablesChanged}).
 *
 * <p><b>Invariant:</b> when an attach or detach has returned, neither unit nor device uses a translation of the table
 * before (rule S06). For the PASIDs that an owner of the PASID table served, see {@code AttachedDevice.asked}.
 *
 * <p>An invalidation of a range that runs beside an attach finds the attachment, or the descriptor isn't valid yet: the
 * attaching thread publishes the attachment before it writes the descriptor.
 */
public final class DeviceTables {
    private final UnitTables unit;
    private final String device;
    private final int streamId;
    private final DeviceTlb deviceTlb;
    private final PasidSet asked;
    private final FirstStageFields fields;
    private final ClientInvalidations clients;
    private final ContextTable contexts;
    /** By PASID. The attaching thread writes it; invalidating threads read it. */
    private final Map<Integer, Attached> byPasid = new ConcurrentHashMap<>();
    /** What is attached without PASID. The attaching thread writes it; any thread reads it. */
    private volatile Attached withoutPasid;

    /**
     * Tables that the unit doesn't know yet.
     *
     * @param device the device's name, for messages
     * @param asked the PASIDs that the device has used
     */
    public DeviceTables(UnitTables unit, String device, int streamId, DeviceTlb deviceTlb, PasidSet asked) {
        this.unit = unit;
        this.device = device;
        this.streamId = streamId;
        this.deviceTlb = deviceTlb;
        this.asked = asked;
        this.fields = new FirstStageFields(device);
        this.clients = new ClientInvalidations(unit.invalidations(), streamId, deviceTlb, asked);
        this.contexts = new ContextTable(unit.memory());
    }

    /** Writes the device's stream table entry. Called once, before the device sends anything. */
    public void enter() {
        unit.streams().put(streamId, Attached.host(contexts.address()));
        unit.invalidations().stream(streamId);
        forgotten("connected");
    }

    /** Takes everything out of the tables and gives the memory back. Called once, when the device is off the bus. */
    public void close() {
        unit.streams().clear(streamId);
        if (withoutPasid != null) {
            detach(Pasid.NONE);
            unit.streams().clear(streamId);
        }
        List.copyOf(byPasid.keySet()).forEach(this::detach);
        unit.invalidations().stream(streamId);
        if (forgotten("closed")) {
            deviceTlb.tablesChanged(Pasid.NONE);
            contexts.release();
        }
    }

    // Attaching

    /**
     * Has a domain translate accesses of a PASID from now on.
     *
     * @param pasid a PASID, or {@link Pasid#NONE}
     * @throws IllegalArgumentException if the domain is a client's first stage with a wrong field; nothing has changed
     * @throws IllegalStateException if a user's domain has the whole stream, or no id or no memory is left, and nothing
     *     has changed; or if a device holds up the command queue, and nothing is attached
     */
    public void attach(int pasid, Domain domain) {
        if (domain.pageTable() instanceof NestedTable client) {
            attachClient(pasid, domain, client);
        } else {
            attachHost(pasid, domain);
        }
    }

    private void attachHost(int pasid, Domain domain) {
        if (pasid != Pasid.NONE && client() != null) {
            throw new IllegalStateException(
                    "device %s: PASID %d belongs to the user whose domain %s has the whole stream; detach that domain first"
                            .formatted(device, pasid, withoutPasid.domain().name()));
        }
        StageTables.OfAsid tables = Attached.tables(domain.pageTable());
        long root = Attached.root(domain.pageTable(), tables);
        boolean inMemory = tables instanceof StageTables.InMemory;
        int asid = unit.asids().acquire(domain, tables);
        Attached attached = new Attached(pasid, domain, asid, null, inMemory);
        Attached before = attached(pasid);
        if (isWithoutDescriptor(pasid)) {
            publish(pasid, attached);
            if (before != null) {
                release(before);
            }
            warnOfSubstream0(domain);
            return;
        }
        Attached displaced = pasid == Pasid.NONE && before == null ? attached(ContextTable.WITHOUT_PASID) : null;
        if (!takeAway(pasid, before) || !displace(displaced)) {
            unit.asids().release(domain);
            throw heldUp("attached");
        }
        publish(pasid, attached);
        ContextDescriptor descriptor = Attached.descriptor(asid, root, inMemory);
        contexts.put(ContextTable.index(pasid), descriptor);
        if (attached.ownsPasidTable()) {
            contexts.own(descriptor);
        }
        entered(pasid, before, attached);
        if (displaced != null) {
            deviceTlb.invalidate(ContextTable.WITHOUT_PASID);
            warnOfSubstream0(displaced.domain());
        }
    }

    /**
     * Whether a PASID is attached beside the tables: the context descriptor of substream 0 serves accesses without
     * PASID (S1DSS), and then the hardware takes no transaction of SubstreamID 0 (IHI 0070 F.b §5.2). Requests that the
     * device reports with PASID 0 still reach the domain of PASID 0.
     */
    private boolean isWithoutDescriptor(int pasid) {
        return pasid == ContextTable.WITHOUT_PASID && withoutPasid != null;
    }

    /**
     * Takes the context descriptor of substream 0 from the domain of PASID 0.
     *
     * @param served the domain of PASID 0, null without one
     * @return whether the unit has forgotten the descriptor; if not, the descriptor is valid again
     */
    private boolean displace(Attached served) {
        if (served == null) {
            return true;
        }
        contexts.clear(ContextTable.WITHOUT_PASID);
        unit.invalidations().descriptor(streamId, ContextTable.WITHOUT_PASID);
        unit.invalidations().asid(served.id());
        if (forgotten(null)) {
            deviceTlb.tablesChanged(ContextTable.WITHOUT_PASID);
            return true;
        }
        restore(served);
        return false;
    }

    /** Writes the context descriptor of substream 0 for the domain of PASID 0. */
    private void restore(Attached served) {
        StageTables.OfAsid tables = Attached.tables(served.domain().pageTable());
        long root = Attached.root(served.domain().pageTable(), tables);
        contexts.put(
                ContextTable.WITHOUT_PASID,
                Attached.descriptor(served.id(), root, tables instanceof StageTables.InMemory));
        unit.invalidations().descriptor(streamId, ContextTable.WITHOUT_PASID);
        forgotten("attached");
        deviceTlb.tablesChanged(ContextTable.WITHOUT_PASID);
    }

    private void warnOfSubstream0(Domain domain) {
        UnitLogger.of(unit.unit())
                .log(
                        Level.WARNING,
                        "device %s: PASID 0 and accesses without PASID have one context descriptor on unit %s; the unit terminates accesses of PASID 0 (domain %s) while a domain is attached without PASID; use another PASID"
                                .formatted(device, unit.unit(), domain.name()));
    }

    private void attachClient(int pasid, Domain domain, NestedTable client) {
        Smmuv3FirstStage stage = fields.check(client.firstStage());
        if (pasid != Pasid.NONE || !domain.nested()) {
            throw new IllegalArgumentException(
                    "device %s, %s: the first stage of a user on unit %s (SMMUv3) is a whole stream's; attach a domain that"
                                    .formatted(device, pasid == Pasid.NONE ? "no PASID" : "PASID " + pasid, unit.unit())
                            + " owns the PASID table, without PASID");
        }
        if (!byPasid.isEmpty()) {
            throw new IllegalStateException(
                    "device %s: domain %s takes all context descriptors, but domains of the host are attached to PASIDs %s;"
                                    .formatted(device, domain.name(), byPasid.keySet())
                            + " detach them first");
        }
        int vmid = unit.vmids()
                .acquire(
                        domain,
                        new StageTables.Nested(
                                client.memory(), client.secondStage().pageTable()));
        Attached attached = new Attached(pasid, domain, vmid, client, true);
        Attached before = withoutPasid;
        if (!takeAway(pasid, before)) {
            unit.vmids().release(domain);
            throw heldUp("attached");
        }
        unit.streams().abort(streamId);
        unit.invalidations().stream(streamId);
        if (!forgotten(null)) {
            unit.vmids().release(domain);
            throw heldUp("attached");
        }
        publish(pasid, attached);
        unit.streams().put(streamId, Attached.nested(stage, vmid));
        entered(pasid, before, attached);
    }

    /** The new entry is written: the unit looks at it, the device forgets, and the old id is given back. */
    private void entered(int pasid, Attached before, Attached now) {
        if (now.nested()) {
            unit.invalidations().stream(streamId);
        } else if (pasid == Pasid.NONE) {
            // The entry and all context descriptors: the stream takes transactions without SubstreamID from now on.
            unit.streams().word1(streamId, Attached.hostWord1(true));
            unit.invalidations().stream(streamId);
        } else {
            unit.invalidations().descriptor(streamId, pasid);
        }
        forgotten("attached");
        deviceTlb.tablesChanged(pasid);
        deviceForgets(pasid, before);
        if (before != null) {
            release(before);
        }
    }

    /** Has accesses of a PASID translate to nothing, or to what the owner of the PASID table says. */
    public void detach(int pasid) {
        Attached before = attached(pasid);
        if (before == null) {
            return;
        }
        if (isWithoutDescriptor(pasid)) {
            publish(pasid, null);
            release(before);
            return;
        }
        boolean forgotten = takeAway(pasid, before);
        publish(pasid, null);
        if (!before.nested()) {
            contexts.giveBack(ContextTable.index(pasid));
        }
        Attached displaced = pasid == Pasid.NONE ? attached(ContextTable.WITHOUT_PASID) : null;
        if (displaced != null) {
            restore(displaced);
        }
        deviceForgets(pasid, before);
        if (forgotten) {
            release(before);
        } else {
            UnitLogger.of(unit.unit()).log(Level.ERROR, heldUp("detached").getMessage());
        }
    }

    /**
     * Makes the entry of a PASID invalid. What a client had becomes the host's stream, without any valid descriptor.
     *
     * @return whether the unit has forgotten the entry; if not, the commands for that are in the queue
     */
    private boolean takeAway(int pasid, Attached before) {
        Attached served = before != null || pasid == Pasid.NONE ? before : owner();
        if (served == null) {
            return true;
        }
        if (served.nested()) {
            return takeStreamAway(served);
        }
        long shared = 0;
        if (pasid == Pasid.NONE) {
            unit.streams().word1(streamId, Attached.hostWord1(false));
            contexts.clear(ContextTable.WITHOUT_PASID);
            shared = served.ownsPasidTable() ? contexts.disown() : 0;
            unit.invalidations().stream(streamId);
        } else {
            contexts.clear(pasid);
            unit.invalidations().descriptor(streamId, pasid);
        }
        if (before != null) {
            unit.invalidations().asid(served.id());
        }
        boolean forgotten = forgotten(null);
        deviceTlb.tablesChanged(pasid);
        if (forgotten && shared != 0) {
            contexts.release(shared);
        }
        return forgotten;
    }

    private boolean takeStreamAway(Attached client) {
        unit.streams().abort(streamId);
        unit.invalidations().stream(streamId);
        unit.invalidations().vmid(client.id());
        if (!forgotten(null)) {
            return false;
        }
        unit.streams().put(streamId, Attached.host(contexts.address()));
        unit.invalidations().stream(streamId);
        return forgotten(null);
    }

    private void release(Attached attached) {
        if (attached.nested()) {
            unit.vmids().release(attached.domain());
        } else {
            unit.asids().release(attached.domain());
        }
    }

    // Invalidating

    /** What the device can have cached before a change: of the domain before, or of the owner of the PASID table. */
    private void deviceForgets(int pasid, Attached before) {
        if (before != null || (owner() != null && asked.contains(pasid))) {
            deviceTlb.invalidate(pasid);
        }
        if (before != null && before.ownsPasidTable()) {
            forEachServed(deviceTlb::invalidate);
        }
    }

    /** The PASIDs that the device has used and that have no domain of their own. */
    private void forEachServed(IntConsumer action) {
        asked.forEach(other -> {
            if (!byPasid.containsKey(other)) {
                action.accept(other);
            }
        });
    }

    /**
     * Returns when neither unit nor device uses a translation of a range (rule S06). Of a nested domain, all is
     * invalidated: the host doesn't know which addresses of the client lead to the range.
     *
     * @param first address of the first byte, unsigned
     * @param last address of the last byte, unsigned
     * @throws IllegalStateException if a device holds up the command queue
     */
    public void invalidate(int pasid, long first, long last) {
        Attached attached = attached(pasid);
        if (attached != null && attached.cached()) {
            if (attached.nested()) {
                unit.invalidations().vmid(attached.id());
            } else {
                unit.invalidations().range(attached.id(), first, last);
            }
            if (!forgotten(null)) {
                throw heldUp("invalidated");
            }
        }
        deviceTlb.invalidate(pasid, first, last);
        if (attached != null && attached.ownsPasidTable()) {
            forEachServed(other -> deviceTlb.invalidate(other, first, last));
        }
    }

    /**
     * As {@code IommuDriver.invalidate}, of what a client has changed in its first stage (rule N03). The ids of the
     * client's command are replaced by the device's.
     *
     * @throws IllegalArgumentException if the client's words are wrong, or nothing nested is attached; nothing has been
     *     invalidated
     * @throws UnsupportedOperationException if the words are another architecture's
     */
    public void invalidate(int pasid, FirstStageInvalidation invalidation) {
        if (!(invalidation instanceof Smmuv3Invalidation command)) {
            throw new UnsupportedOperationException(
                    "device %s: %s is for another architecture; unit %s (SMMUv3) takes Smmuv3Invalidation"
                            .formatted(device, invalidation.getClass().getSimpleName(), unit.unit()));
        }
        Attached attached = attached(pasid);
        if (attached == null || !attached.nested()) {
            throw new IllegalArgumentException(
                    "device %s, %s: no user's first stage is attached, so there is none to invalidate; attach one"
                            .formatted(device, pasid == Pasid.NONE ? "no PASID" : "PASID " + pasid));
        }
        if (clients.submit(command, attached.id(), fields.check(command)) && !forgotten(null)) {
            throw heldUp("invalidated");
        }
    }

    // What is attached

    /** The stream's first stage as the stream table entry says it, see {@code Upstream.firstStage}. Any thread. */
    public Optional<FirstStage> firstStage() {
        return FirstStageFields.of(unit.streams().get(streamId));
    }

    /** The client's table if the context descriptors are a client's, else {@code null}. Any thread. */
    public NestedTable client() {
        Attached own = withoutPasid;
        return own == null ? null : own.client();
    }

    private Attached owner() {
        Attached own = withoutPasid;
        return own != null && own.ownsPasidTable() ? own : null;
    }

    private Attached attached(int pasid) {
        return pasid == Pasid.NONE ? withoutPasid : byPasid.get(pasid);
    }

    private void publish(int pasid, Attached attached) {
        if (pasid == Pasid.NONE) {
            withoutPasid = attached;
        } else if (attached == null) {
            byPasid.remove(pasid);
        } else {
            byPasid.put(pasid, attached);
        }
    }

    private boolean forgotten(String what) {
        boolean forgotten = unit.invalidations().await();
        if (!forgotten && what != null) {
            UnitLogger.of(unit.unit()).log(Level.ERROR, heldUp(what).getMessage());
        }
        return forgotten;
    }

    private IllegalStateException heldUp(String what) {
        return new IllegalStateException(
                "%s: device %s can't be %s in time, because a device holds up the command queue; look for a device whose"
                                .formatted(unit.unit(), device, what)
                        + " callback doesn't return");
    }
}
