// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a unit sends to a device. Implemented by device models. Called on any thread, concurrently; must not block for
 * longer than the device's current access, and must not throw.
 */
@ConsumerType
public interface Downstream {
    /** PRG response code on the wire: the pages are there (PCIe, PRI). */
    int SUCCESS = 0b0000;

    /** PRG response code on the wire: at least one page of the group can't be granted. */
    int INVALID_REQUEST = 0b0001;

    /** PRG response code on the wire: the host failed; the device stops using PRI until reset. */
    int RESPONSE_FAILURE = 0b1111;

    /**
     * A PCIe PRG response message.
     *
     * @param pasid the PASID, or {@code Pasid.NONE} if the response has none
     * @param prgIndex the group that is answered
     * @param code {@link #SUCCESS}, {@link #INVALID_REQUEST} or {@link #RESPONSE_FAILURE}
     */
    void pageGroupResponse(int pasid, int prgIndex, int code);

    /**
     * A stalled transaction goes on.
     *
     * @param transaction the number the device gave it
     * @param retry true: try again; false: it is aborted or terminated
     */
    void resume(int transaction, boolean retry);

    /**
     * An ATS invalidation request: returns when no translation of the pages from {@code first} to {@code last} (byte
     * addresses, inclusive) is cached or in use any more.
     */
    void invalidate(int pasid, long first, long last);

    /**
     * The unit has let go of the device: no response will come any more, and every request fails. Called once, after
     * {@link Upstream#close} or when the unit goes.
     */
    void disconnected();
}
