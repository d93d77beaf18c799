// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.bus.Downstream;
import io.pgfault.parts.PasidSet;
import io.pgfault.parts.RateLimitedLog;
import java.lang.System.Logger;

/**
 * A PCIe function behind the unit: where messages to its requester id go. Any thread.
 *
 * <p>A message can't fail on the bus. What a device model throws, an {@code Error} included, is logged and stops
 * neither the queue that the message came from nor other devices (rule C21).
 */
public final class AttachedDevice {
    private static final Logger LOG = System.getLogger(AttachedDevice.class.getName());

    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final PasidSet asked = new PasidSet();
    private final int requesterId;
    private final Downstream downstream;

    /** A function whose messages go to {@code downstream}. */
    public AttachedDevice(int requesterId, Downstream downstream) {
        this.requesterId = requesterId;
        this.downstream = downstream;
    }

    /** The requester id, 16 bits. */
    public int requesterId() {
        return requesterId;
    }

    /**
     * The PASIDs that the device has asked translations for, now or earlier. A translating thread adds its PASID before
     * it reads caches and tables; a thread that clears an entry has the caches invalidated before it reads the set
     * (Dekker). So the translating thread finds no entry, or the other thread sends an invalidation for the PASID.
     */
    public PasidSet asked() {
        return asked;
    }

    /** Sends a PRG response message. */
    void respond(int pasid, int prgIndex, int code) {
        try {
            downstream.pageGroupResponse(pasid, prgIndex, code);
        } catch (Throwable e) {
            failed("PRG response", e);
        }
    }

    /** Sends an ATS invalidation request for a range of byte addresses and waits for its completion. */
    void invalidate(int pasid, long first, long last) {
        try {
            downstream.invalidate(pasid, first, last);
        } catch (Throwable e) {
            failed("invalidation request", e);
        }
    }

    /** Tells the device that the unit has disconnected it. Called once, after the device has been taken off the bus. */
    public void disconnected() {
        try {
            downstream.disconnected();
        } catch (Throwable e) {
            failed("disconnection", e);
        }
    }

    private void failed(String message, Throwable cause) {
        log.error(
                () ->
                        "the device model with requester id 0x%04x threw when it was sent a %s; it must handle its errors itself"
                                .formatted(requesterId, message),
                cause);
    }
}
