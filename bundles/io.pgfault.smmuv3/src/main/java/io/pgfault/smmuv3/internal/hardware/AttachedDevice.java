// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.Device;
import io.pgfault.api.bus.Downstream;
import io.pgfault.parts.PasidSet;
import io.pgfault.parts.RateLimitedLog;

/**
 * A device behind the unit: where messages to its StreamID go. Any thread.
 *
 * <p>Messages to the device are the border to a plug-in: what the device model throws, an {@code Error} included, is
 * logged at a limited rate and goes no further (rule C21).
 */
public final class AttachedDevice {
    private static final System.Logger LOG = System.getLogger(AttachedDevice.class.getName());

    private final int streamId;
    private final Downstream downstream;
    private final PasidSet asked = new PasidSet();
    private final RateLimitedLog errors = new RateLimitedLog(LOG);
    /** Written once, by the thread that connects the device; read by any thread. */
    private volatile Device device;
    /** Cleared once, under the event queue's lock; read by any thread. */
    private volatile boolean enabled = true;

    /** A device whose messages go to {@code downstream}. */
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

    /**
     * The PASIDs that the device has used, now or earlier. A translating thread adds its PASID before it reads caches
     * and tables; a thread that changes an entry has the caches invalidated before it reads the set (Dekker). So the
     * translating thread finds the new entry, or the other thread sends an invalidation for the PASID.
     */
    public PasidSet asked() {
        return asked;
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

    /**
     * Sends an ATS invalidation request and waits for the completion (PCIe 6.0 §10.3).
     *
     * @param first first byte address, unsigned
     * @param last last byte address, inclusive, unsigned
     */
    public void invalidate(int pasid, long first, long last) {
        try {
            downstream.invalidate(pasid, first, last);
        } catch (Throwable e) {
            failed("an invalidation request", e);
        }
    }

    /** Tells the device that the unit has forgotten what its tables said of the device before. */
    public void tablesChanged(int pasid) {
        try {
            downstream.tablesChanged(pasid);
        } catch (Throwable e) {
            failed("that its tables have changed", e);
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
