// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Shows a running core, a service of the core beside {@link io.pgfault.api.driver.IoPageFaults}. Any thread may call
 * any method.
 *
 * <p><b>Snapshots.</b> Each call looks at one device after the other and holds the lock of one device at a time, for a
 * visit of that device's pending groups. What a call returns about one part of a device (its domains, its groups) was
 * true at one moment; two parts and two devices were seen at different moments, and two calls may
 * disagree. Groups that are being answered may be missing or present.
 * Reports and responses of a device wait for the visit of that device only, so a caller may look several times a
 * second.
 */
@ProviderType
public interface FaultWatch {
    /** The devices that are known, in the order in which their drivers made them known. */
    List<WatchedDevice> devices();

    /** The groups whose response is not at the driver yet, the oldest first. */
    List<PendingGroup> pending();

    /** The handlers by kind of domain, each kind in the order in which the core asks them. */
    List<WatchedHandler> handlers();

    /** The clients of domains, whether attached or not, in the order in which their bundles registered them. */
    List<WatchedClient> clients();

    /**
     * How many groups of each device each handler has answered; without the handlers that have answered none of the
     * device's groups. At most {@link AnsweredGroups#BUNDLES} + 2 rows for a device.
     */
    List<AnsweredGroups> answered();

    /**
     * What an operator should look at, what is wrong now first; empty for a healthy core. Counts of what happened never
     * fall, so a caller that asks regularly compares the count with the one before.
     */
    List<Trouble> troubles();

    /** After how many nanoseconds the core answers a pending group INVALID (rule C11). */
    long deadlineNanos();
}
