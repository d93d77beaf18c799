// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

import io.pgfault.api.Counters;
import java.util.List;

/**
 * A device as it was at one moment.
 *
 * @param unit the name of the device's unit
 * @param name the device's name, unique in the unit
 * @param id the requester id or StreamID, see {@link io.pgfault.api.Device#id}
 * @param queued whether the device is in a fault queue; the core answers the groups of any other device INVALID
 * @param attachments the domains attached to the device, by rising PASID, the device's own first
 * @param pendingGroups how many groups of the device have no response at the driver yet
 * @param partialRequests how many requests the core keeps of groups whose last request has not come (rule C03)
 * @param counters the device's counters; they go on counting
 */
public record WatchedDevice(
        String unit,
        String name,
        int id,
        boolean queued,
        List<WatchedAttachment> attachments,
        int pendingGroups,
        int partialRequests,
        Counters counters) {}
