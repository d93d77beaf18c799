// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a unit sends to a device. A device model implements this interface. The unit calls it on any thread, several
 * threads at a time. A call blocks no longer than the device's current access and doesn't throw; what it throws all the
 * same ends neither the unit's thread nor other devices (rule C21).
 */
@ConsumerType
public interface Downstream {
    /** PRG response code on the wire: every page is present (PCIe 6.0 §10.4.2.2). */
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
     * Resumes a stalled transaction.
     *
     * @param transaction the number that the device gave the transaction
     * @param retry true: the device tries again; false: the transaction is aborted or terminated
     */
    void resume(int transaction, boolean retry);

    /**
     * An ATS invalidation request. Returns when the device neither caches nor uses a translation of the pages from
     * {@code first} to {@code last} (byte addresses, inclusive; PCIe 6.0 §10.3).
     */
    void invalidate(int pasid, long first, long last);

    /**
     * The unit's tables say something else of the device than before, and the unit has forgotten what it had cached of
     * them. A device of a host that is assigned to a guest asks {@link Upstream#firstStage} again, and the call returns
     * when the host's unit has forgotten, too (rule N03). Every other device does nothing, as this method does unless
     * the device implements it.
     *
     * @param pasid the PASID of the accesses that the change concerns; {@code Pasid.NONE}: any of the device's
     * @since 1.2
     */
    default void tablesChanged(int pasid) {}

    /**
     * The unit has disconnected the device: the unit sends no response any more, and every request fails. The unit
     * calls this method once, after {@link Upstream#close} or when the unit itself goes.
     */
    void disconnected();
}
