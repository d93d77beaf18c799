// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.bus.Downstream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** A PCIe function behind the unit: where messages to its requester id go. Any thread. */
public final class Function {
    private static final Logger LOG = System.getLogger(Function.class.getName());

    private final int requesterId;
    private final Downstream downstream;

    /** A function that receives its messages at {@code downstream}. */
    public Function(int requesterId, Downstream downstream) {
        this.requesterId = requesterId;
        this.downstream = downstream;
    }

    /** The requester id, 16 bits. */
    public int requesterId() {
        return requesterId;
    }

    /** Sends a PRG response message. */
    void respond(int pasid, int prgIndex, int code) {
        try {
            downstream.pageGroupResponse(pasid, prgIndex, code);
        } catch (RuntimeException e) {
            failed("PRG response", e);
        }
    }

    /** Sends an ATS invalidation request for a range of byte addresses and waits for its completion. */
    void invalidate(int pasid, long first, long last) {
        try {
            downstream.invalidate(pasid, first, last);
        } catch (RuntimeException e) {
            failed("invalidation request", e);
        }
    }

    /** Tells the device that the unit has let go of it. Once, after it has been taken off the bus. */
    public void disconnected() {
        try {
            downstream.disconnected();
        } catch (RuntimeException e) {
            failed("disconnection", e);
        }
    }

    /** A message can't fail on the bus; what a device model throws must not stop the queue it came from. */
    private void failed(String message, RuntimeException cause) {
        LOG.log(
                Level.ERROR,
                "the device model with requester id 0x%04x threw when it was sent a %s; it must handle its errors itself"
                        .formatted(requesterId, message),
                cause);
    }
}
