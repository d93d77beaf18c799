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
import java.lang.System.Logger.Level;
import java.util.Optional;

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
    private final Attachments attachments = new Attachments();
    private final DeviceCaches caches;
    private final HostStream host;
    private final ClientStream client;

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
        this.caches = new DeviceCaches(unit, device, deviceTlb, asked, attachments);
        this.host = new HostStream(unit, streamId, caches);
        this.client = new ClientStream(
                unit,
                device,
                streamId,
                caches,
                new ClientInvalidations(unit.invalidations(), streamId, deviceTlb, asked));
    }

    /** Writes the device's stream table entry. Called once, before the device sends anything. */
    public void enter() {
        host.enter();
        caches.forgotten("connected");
    }

    /** Takes everything out of the tables and gives the memory back. Called once, when the device is off the bus. */
    public void close() {
        unit.streams().clear(streamId);
        if (attachments.at(Pasid.NONE) != null) {
            detach(Pasid.NONE);
            unit.streams().clear(streamId);
        }
        attachments.pasids().forEach(this::detach);
        unit.invalidations().stream(streamId);
        if (caches.forgotten("closed")) {
            caches.tablesChanged(Pasid.NONE);
            host.release();
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
        if (domain.pageTable() instanceof NestedTable table) {
            attachClient(pasid, domain, table);
        } else {
            attachHost(pasid, domain);
        }
    }

    private void attachHost(int pasid, Domain domain) {
        if (pasid != Pasid.NONE && client() != null) {
            throw new IllegalStateException(
                    "device %s: PASID %d belongs to the user whose domain %s has the whole stream; detach that domain first"
                            .formatted(
                                    device,
                                    pasid,
                                    attachments.at(Pasid.NONE).domain().name()));
        }
        int bits = unit.features().substreamBits();
        if (pasid != Pasid.NONE && pasid >>> bits != 0) {
            throw new IllegalArgumentException(
                    "device %s: PASID %d has more than the %d bits that SubstreamIDs of unit %s have; %s"
                            .formatted(
                                    device,
                                    pasid,
                                    bits,
                                    unit.unit(),
                                    bits == 0 ? "attach without PASID" : "use a smaller one"));
        }
        StageTables.OfAsid tables = Attached.tables(domain.pageTable());
        long root = Attached.root(domain.pageTable(), tables);
        boolean inMemory = tables instanceof StageTables.InMemory;
        int asid = unit.asids().acquire(domain, tables);
        Attached attached = new Attached(pasid, domain, asid, null, inMemory);
        Attached before = attachments.at(pasid);
        if (isWithoutDescriptor(pasid)) {
            attachments.put(pasid, attached);
            if (before != null) {
                release(before);
            }
            warnOfSubstream0(domain);
            return;
        }
        Attached displaced = pasid == Pasid.NONE && before == null ? attachments.at(ContextTable.WITHOUT_PASID) : null;
        if (!takeAway(pasid, before) || !host.displace(displaced)) {
            unit.asids().release(domain);
            throw caches.heldUp("attached");
        }
        attachments.put(pasid, attached);
        host.write(pasid, Attached.descriptor(unit.features(), asid, root, inMemory), attached.ownsPasidTable());
        entered(pasid, before);
        if (displaced != null) {
            caches.deviceForgets(ContextTable.WITHOUT_PASID);
            warnOfSubstream0(displaced.domain());
        }
    }

    /**
     * Whether a PASID is attached beside the tables: the context descriptor of substream 0 serves accesses without
     * PASID (S1DSS), and then the hardware takes no transaction of SubstreamID 0 (IHI 0070 F.b §5.2). Requests that the
     * device reports with PASID 0 still reach the domain of PASID 0.
     */
    private boolean isWithoutDescriptor(int pasid) {
        return pasid == ContextTable.WITHOUT_PASID && attachments.at(Pasid.NONE) != null;
    }

    private void warnOfSubstream0(Domain domain) {
        UnitLogger.of(unit.unit())
                .log(
                        Level.WARNING,
                        "device %s: PASID 0 and accesses without PASID have one context descriptor on unit %s; the unit terminates accesses of PASID 0 (domain %s) while a domain is attached without PASID; use another PASID"
                                .formatted(device, unit.unit(), domain.name()));
    }

    private void attachClient(int pasid, Domain domain, NestedTable table) {
        Smmuv3FirstStage stage = client.check(pasid, domain, table, attachments.pasids());
        Attached attached = client.acquire(domain, table);
        Attached before = attachments.at(pasid);
        if (!takeAway(pasid, before) || !client.abort()) {
            unit.vmids().release(domain);
            throw caches.heldUp("attached");
        }
        attachments.put(pasid, attached);
        client.write(stage, attached);
        entered(pasid, before);
    }

    /** The new entry is written: the unit looks at it, the device forgets, and the old id is given back. */
    private void entered(int pasid, Attached before) {
        caches.forgotten("attached");
        caches.tablesChanged(pasid);
        caches.deviceForgets(pasid, before);
        if (before != null) {
            release(before);
        }
    }

    /** Has accesses of a PASID translate to nothing, or to what the owner of the PASID table says. */
    public void detach(int pasid) {
        Attached before = attachments.at(pasid);
        if (before == null) {
            return;
        }
        if (isWithoutDescriptor(pasid)) {
            attachments.put(pasid, null);
            release(before);
            return;
        }
        boolean forgotten = takeAway(pasid, before);
        attachments.put(pasid, null);
        if (!before.nested()) {
            host.giveBack(pasid);
        }
        Attached displaced = pasid == Pasid.NONE ? attachments.at(ContextTable.WITHOUT_PASID) : null;
        if (displaced != null) {
            host.restore(displaced);
        }
        caches.deviceForgets(pasid, before);
        if (forgotten) {
            release(before);
        } else {
            caches.log("detached");
        }
    }

    /**
     * Makes the entry of a PASID invalid. What a client had becomes the host's stream, without any valid descriptor.
     *
     * @return whether the unit has forgotten the entry; if not, the commands for that are in the queue
     */
    private boolean takeAway(int pasid, Attached before) {
        Attached served = before != null || pasid == Pasid.NONE ? before : attachments.owner();
        if (served == null) {
            return true;
        }
        if (!served.nested()) {
            return host.takeAway(pasid, served, before != null);
        }
        if (!client.takeAway(served)) {
            return false;
        }
        host.enter();
        return caches.forgotten();
    }

    private void release(Attached attached) {
        if (attached.nested()) {
            unit.vmids().release(attached.domain());
        } else {
            unit.asids().release(attached.domain());
        }
    }

    // Invalidating

    /**
     * Returns when neither unit nor device uses a translation of a range (rule S06). Of a nested domain, all is
     * invalidated: the host doesn't know which addresses of the client lead to the range.
     *
     * @param first address of the first byte, unsigned
     * @param last address of the last byte, unsigned
     * @throws IllegalStateException if a device holds up the command queue
     */
    public void invalidate(int pasid, long first, long last) {
        Attached attached = attachments.at(pasid);
        if (attached != null && attached.cached()) {
            if (attached.nested()) {
                unit.invalidations().vmid(attached.id());
            } else {
                unit.invalidations().range(attached.id(), first, last);
            }
            if (!caches.forgotten()) {
                throw caches.heldUp("invalidated");
            }
        }
        caches.deviceForgets(pasid, attached, first, last);
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
        Attached attached = attachments.at(pasid);
        if (attached == null || !attached.nested()) {
            throw new IllegalArgumentException(
                    "device %s, %s: no user's first stage is attached, so there is none to invalidate; attach one"
                            .formatted(device, pasid == Pasid.NONE ? "no PASID" : "PASID " + pasid));
        }
        client.invalidate(attached, command);
    }

    // What is attached

    /** The stream's first stage as the stream table entry says it, see {@code Upstream.firstStage}. Any thread. */
    public Optional<FirstStage> firstStage() {
        return FirstStageFields.of(unit.streams().get(streamId));
    }

    /** The client's table if the context descriptors are a client's, else {@code null}. Any thread. */
    public NestedTable client() {
        Attached own = attachments.at(Pasid.NONE);
        return own == null ? null : own.client();
    }
}
