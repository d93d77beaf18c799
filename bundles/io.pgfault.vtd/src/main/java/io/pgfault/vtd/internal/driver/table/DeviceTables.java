// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.api.nest.VtdInvalidation;
import io.pgfault.parts.PasidSet;
import io.pgfault.parts.UnitLogger;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.SparseTable;
import java.lang.System.Logger.Level;

/**
 * What is attached to the PASIDs of one device, and the entries that say so. One thread at a time attaches, detaches
 * and closes; any thread invalidates meanwhile.
 *
 * <p>The order of a change (VT-d 4.1 §6.5.3): the entry's present bit is cleared, the PASID cache and the IOTLB are
 * invalidated, the hardware has executed that, the new entry is written, present bit last. Then the device's own cache
 * is invalidated. A domain id is given back last of all, so nothing cached has the id when another domain gets it.
 *
 * <p><b>Invariant:</b> when an attach or detach has returned, neither unit nor device uses a translation of the table
 * before (rule S06). For the PASIDs that an owner of the PASID table served, see {@code AttachedDevice.asked}.
 *
 * <p>An invalidation of a range that runs beside an attach finds the attachment, or the entry isn't present yet: the
 * attaching thread publishes the attachment before it writes the entry.
 */
public final class DeviceTables {
    private final UnitTables unit;
    private final String device;
    private final int requesterId;
    private final DeviceTlb deviceTlb;
    private final PasidSet asked;
    private final PasidTable pasids;
    /** What is attached, by PASID. The attaching thread writes it; invalidating threads read it. */
    private final SparseTable<Attached> byPasid = SparseTable.ofPasids();
    /** What is attached without PASID. The attaching thread writes it; invalidating threads read it. */
    private volatile Attached withoutPasid;

    /**
     * Tables that the unit doesn't know yet.
     *
     * @param device the device's name, for messages
     * @param asked the PASIDs that the device has asked translations for
     */
    public DeviceTables(UnitTables unit, String device, int requesterId, DeviceTlb deviceTlb, PasidSet asked) {
        this.unit = unit;
        this.device = device;
        this.requesterId = requesterId;
        this.deviceTlb = deviceTlb;
        this.asked = asked;
        this.pasids = new PasidTable(unit.memory());
    }

    /** Writes the device's context entry. Called once, before the device sends anything. */
    public void enter() {
        unit.root().put(requesterId, pasids.address());
    }

    /** Gives the memory back, of tables that the unit never knew. */
    public void discard() {
        pasids.release();
    }

    /** Takes everything out of the tables and gives the memory back. Called once, when the device is off the bus. */
    public void close() {
        unit.root().clear(requesterId);
        if (withoutPasid != null) {
            detach(Pasid.NONE);
        }
        byPasid.forEach(attached -> detach(attached.pasid()));
        unit.invalidations().context(requesterId);
        if (forgotten("closed")) {
            pasids.release();
        }
    }

    /**
     * Has a domain translate accesses of a PASID from now on.
     *
     * @param pasid a PASID, or {@link Pasid#NONE}
     * @throws IllegalArgumentException if the domain is a user's first stage with a wrong field, or the PASID is the
     *     one of requests without PASID; nothing has changed
     * @throws IllegalStateException if no domain id is left, and nothing has changed; or if a device holds up the
     *     invalidation queue, and nothing is attached
     */
    public void attach(int pasid, Domain domain) {
        if (pasid == unit.root().withoutPasid()) {
            throw new IllegalArgumentException(
                    "device %s: PASID 0x%x serves requests without PASID on unit %s; use another PASID"
                            .formatted(device, pasid, unit.unit()));
        }
        Attached.Form form = Attached.form(domain, device, pasid, unit.fiveLevel());
        Attached attached = new Attached(
                pasid, domain, unit.ids().acquire(domain, form.tables()), form.isNested(), form.isCached());
        Attached before = attached(pasid);
        if (!takeAway(pasid, before)) {
            unit.ids().release(domain);
            throw heldUp("attached");
        }
        publish(pasid, attached);
        PasidTable.Entry entry = form.entry(attached.id());
        pasids.put(unit.root().index(pasid), entry);
        if (attached.ownsPasidTable()) {
            pasids.own(entry);
        }
        deviceForgets(pasid, before, attached);
        if (before != null) {
            unit.ids().release(before.domain());
        }
    }

    /** Has accesses of a PASID translate to nothing, or to what the owner of the PASID table says. */
    public void detach(int pasid) {
        Attached before = attached(pasid);
        if (before == null) {
            return;
        }
        boolean forgotten = takeAway(pasid, before);
        publish(pasid, null);
        pasids.giveBack(unit.root().index(pasid));
        deviceForgets(pasid, before, null);
        if (forgotten) {
            unit.ids().release(before.domain());
        } else {
            UnitLogger.of(unit.unit()).log(Level.ERROR, heldUp("detached").getMessage());
        }
    }

    /**
     * Makes the entry of a PASID not present.
     *
     * @return whether the unit has forgotten the entry; if not, the descriptors for that are in the queue
     */
    private boolean takeAway(int pasid, Attached before) {
        Attached served = before != null || pasid == Pasid.NONE ? before : owner();
        if (served == null) {
            return true;
        }
        pasids.clear(unit.root().index(pasid));
        Memory.Region shared = null;
        if (before != null && before.ownsPasidTable()) {
            shared = pasids.disown();
            unit.invalidations().domain(served.id());
        } else {
            unit.invalidations().entry(served.id(), unit.root().index(pasid));
        }
        boolean forgotten = forgotten(null);
        if (forgotten && shared != null) {
            unit.memory().release(shared);
        }
        return forgotten;
    }

    private void deviceForgets(int pasid, Attached before, Attached now) {
        deviceTlb.invalidate(pasid);
        if ((before != null && before.ownsPasidTable()) || (now != null && now.ownsPasidTable())) {
            asked.forEach(deviceTlb::invalidate);
        }
    }

    /**
     * Returns when neither unit nor device uses a translation of a range (rule S06).
     *
     * @param first address of the first byte
     * @param last address of the last byte
     * @throws IllegalStateException if a device holds up the invalidation queue
     */
    public void invalidate(int pasid, long first, long last) {
        Attached attached = attached(pasid);
        boolean owner = attached != null && attached.ownsPasidTable();
        if (attached != null && attached.cached()) {
            if (owner) {
                unit.invalidations().translations(attached.id());
            } else {
                unit.invalidations().translations(attached.id(), unit.root().index(pasid), first, last);
            }
            if (!unit.invalidations().await()) {
                throw heldUp("invalidated");
            }
        }
        deviceTlb.invalidate(pasid, first, last);
        if (owner) {
            asked.forEach(other -> deviceTlb.invalidate(other, first, last));
        }
    }

    /**
     * Invalidates what a user has changed in its first stage, see {@code IommuDriver.invalidate} (rule N03).
     *
     * @throws IllegalArgumentException if the user's words are wrong, or nothing nested is attached; nothing has been
     *     invalidated
     * @throws UnsupportedOperationException if the words are another architecture's
     */
    public void invalidate(int pasid, FirstStageInvalidation invalidation) {
        if (!(invalidation instanceof VtdInvalidation vtd)) {
            throw new UnsupportedOperationException(
                    "device %s: %s is for another architecture; unit %s (VT-d) takes VtdInvalidation"
                            .formatted(device, invalidation.getClass().getSimpleName(), unit.unit()));
        }
        Attached attached = attached(pasid);
        if (attached == null || !attached.nested()) {
            throw new IllegalArgumentException(
                    "device %s, PASID %d: no user's first stage is attached, so there is none to invalidate; attach one"
                            .formatted(device, pasid));
        }
        long last = new FirstStageFields(device, pasid).last(vtd);
        if (vtd.pages() == VtdInvalidation.ALL || (vtd.address() ^ last) < 0) {
            invalidate(pasid, 0, Long.MAX_VALUE);
            invalidate(pasid, Long.MIN_VALUE, -1);
        } else {
            invalidate(pasid, vtd.address(), last);
        }
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
        } else {
            byPasid.set(pasid, attached);
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
                "%s: device %s can't be %s in time, because a device holds up the invalidation queue; look for a"
                                .formatted(unit.unit(), device, what)
                        + " device whose response callback doesn't return");
    }
}
