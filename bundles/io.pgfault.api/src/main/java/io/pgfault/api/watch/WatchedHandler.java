// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

/**
 * A handler service at one kind of domain. A service that serves several kinds appears once for each; its calls, its
 * time and its held groups are those of the service, of all kinds together.
 *
 * @param kind the kind of domain
 * @param name for people, and unique: symbolic name of the bundle that registered the service, a slash, and the
 *     service id
 * @param serviceId the {@code service.id} of the service
 * @param ranking the {@code service.ranking}
 * @param inline whether the event thread calls the handler
 * @param calls how many groups the core offered to the service so far
 * @param heldGroups how many pending groups the service has now
 * @param handleNanos nanoseconds within the handler's {@code handle} so far, extrapolated from one call of each 64
 *     that a thread makes, the first included
 */
public record WatchedHandler(
        String kind,
        String name,
        long serviceId,
        int ranking,
        boolean inline,
        long calls,
        int heldGroups,
        long handleNanos) {}
