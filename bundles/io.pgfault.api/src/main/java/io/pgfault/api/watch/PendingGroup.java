// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

/**
 * A closed group whose response is not at the driver yet.
 *
 * @param unit the name of the device's unit
 * @param device the device's name
 * @param deviceId the requester id or StreamID, see {@link io.pgfault.api.Device#id}
 * @param pasid the PASID of the last request, {@code Pasid.NONE} for none
 * @param index the group index or stall tag
 * @param domain the name of the domain that the group closed under; empty if none was attached
 * @param requests how many requests the group has
 * @param address the address of the group's first request in bytes; 0 for a group that the core refused
 * @param permissions what the first request wants, bits of {@link io.pgfault.api.Permissions}
 * @param ageNanos nanoseconds since the group closed, by the core's clock; 0 for a group of requests that a driver
 *     refused
 * @param state where the group is
 * @param handler the {@link WatchedHandler#name} of the handler that has the group; empty unless {@code state} is
 *     {@link State#HANDLER}
 */
public record PendingGroup(
        String unit,
        String device,
        int deviceId,
        int pasid,
        int index,
        String domain,
        int requests,
        long address,
        int permissions,
        long ageNanos,
        State state,
        String handler) {

    /**
     * In whose hands a pending group is. The core does not know whether a handler's {@code handle} has returned, so
     * one state stands for a group that is being offered, a group that was taken, and a group whose handler has work
     * executed.
     */
    public enum State {
        /** The group waits for a worker, or a thread takes the group from one handler to the next. */
        WAITING,
        /** The group waits for a handler to come back (rule R04). */
        PARKED,
        /**
         * A handler has the group: the core offered the group, no thread has answered it, and the core has not taken it
         * back.
         */
        HANDLER,
        /** A thread has answered the group, and the driver doesn't have the response yet. */
        ANSWERING
    }
}
