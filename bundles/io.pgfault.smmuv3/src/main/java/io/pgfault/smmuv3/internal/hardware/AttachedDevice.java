// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Downstream;
import io.pgfault.parts.PasidSet;
import io.pgfault.parts.RateLimitedLog;

/**
 * A device as the hardware sees it: its stream table entry with the context descriptors of its substreams (IHI 0070 F.b
 * §5.2, §5.4), and the bus to the device.
 *
 * <p>Any thread. Looking up a page table allocates nothing and takes no lock. Messages to the device are the border to
 * a plug-in: what the device model throws, an {@code Error} included, is logged at a limited rate and goes no further
 * (rule C21).
 */
public final class AttachedDevice {
    private static final System.Logger LOG = System.getLogger(AttachedDevice.class.getName());

    private final int streamId;
    private final Downstream downstream;
    /** The domain of each substream; {@link Pasid#NONE} is the key of transactions without SubstreamID. */
    private final IdMap<Domain> substreams = new IdMap<>();
    /** PASIDs that a nested domain has translated, now or earlier: the device may have cached translations of them. */
    private final PasidSet served = new PasidSet();

    private final RateLimitedLog errors = new RateLimitedLog(LOG);
    /** Written once, by the thread that connects the device; read by any thread. */
    private volatile Device device;
    /** Cleared once, under the event queue's lock; read by any thread. */
    private volatile boolean enabled = true;

    /** An entry without substreams. */
    public AttachedDevice(int streamId, Downstream downstream) {
        this.streamId = streamId;
        this.downstream = downstream;
    }

    /** The StreamID: 32 bits, unsigned. */
    public int streamId() {
        return streamId;
    }

    /** The device as the framework knows it; {@code null} until the device has been probed. */
    public Device device() {
        return device;
    }

    /** Set once, when the device has been probed. */
    public void device(Device probed) {
        device = probed;
    }

    /** Whether the hardware looks at the device's transactions; if not, they are aborted and leave no record. */
    public boolean enabled() {
        return enabled;
    }

    void disable() {
        enabled = false;
    }

    // Domains

    /**
     * From when this returns, the domain translates (device, PASID) and the device uses no translation of the domain
     * that translated it before (rule C19).
     *
     * @param pasid a PASID, or {@link Pasid#NONE}
     */
    public void attach(int pasid, Domain domain) {
        Domain old = substreams.put(pasid, domain);
        if (old != domain && (old != null || served.contains(pasid))) {
            invalidateAll(pasid);
        }
    }

    /** From when this returns, nothing translates (device, PASID) unless a nested domain does (rules C06, C19). */
    public void detach(int pasid) {
        if (substreams.remove(pasid) != null) {
            invalidateAll(pasid);
        }
    }

    /**
     * Returns when the device uses no cached translation of the range. {@link Pasid#NONE} stands for the domain without
     * PASID: the range is also invalidated for the PASIDs that this domain served as a nested one (rule S06).
     *
     * @param first first byte address, unsigned
     * @param last last byte address, inclusive, unsigned
     */
    public void invalidate(int pasid, long first, long last) {
        send(pasid, first, last);
        if (pasid == Pasid.NONE) {
            served.forEach(other -> send(other, first, last));
        }
    }

    private void invalidateAll(int pasid) {
        invalidate(pasid, 0, -1L);
    }

    /**
     * What translates (device, PASID), {@code null} if nothing does. A nested domain of the device translates every
     * PASID that has no domain of its own (rule C06).
     */
    PageTable pageTable(int pasid) {
        Domain domain = substreams.get(pasid);
        if (domain == null && Pasid.isValid(pasid) && nested() != null) {
            // First noted, then looked up again: a thread that changes the domains afterwards finds the PASID noted and
            // invalidates it, and a change before the second look is seen by that look.
            served.add(pasid);
            domain = substreams.get(pasid);
            domain = domain == null ? nested() : domain;
        }
        return domain == null ? null : domain.pageTable();
    }

    private Domain nested() {
        Domain own = substreams.get(Pasid.NONE);
        return own != null && own.nested() ? own : null;
    }

    // Messages to the device

    /** Sends a PRG response message (PCIe 6.0 §10.4.2). */
    void respond(int pasid, int prgIndex, int code) {
        try {
            downstream.pageGroupResponse(pasid, prgIndex, code);
        } catch (Throwable e) {
            failed("a PRG response", e);
        }
    }

    /** Has a stalled transaction retried, or terminated. */
    void resume(int transaction, boolean retry) {
        try {
            downstream.resume(transaction, retry);
        } catch (Throwable e) {
            failed("a resume", e);
        }
    }

    /** Tells the device that the unit has let go of the device. Once. */
    public void disconnected() {
        try {
            downstream.disconnected();
        } catch (Throwable e) {
            failed("its disconnection", e);
        }
    }

    /** Sends an ATS invalidation request and waits for the completion (PCIe 6.0 §10.3). */
    private void send(int pasid, long first, long last) {
        try {
            downstream.invalidate(pasid, first, last);
        } catch (Throwable e) {
            failed("an invalidation request", e);
        }
    }

    private void failed(String message, Throwable cause) {
        Device known = device;
        errors.error(
                () -> "%s: device %s, StreamID 0x%x, threw when the unit sent it %s; correct the device model"
                        .formatted(
                                known == null ? "a unit" : known.unit(),
                                known == null ? "(not probed yet)" : known.name(),
                                streamId,
                                message),
                cause);
    }
}
