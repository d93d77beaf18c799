// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

/**
 * A domain at a (device, PASID).
 *
 * @param pasid the PASID, {@code Pasid.NONE} for the requests without one
 * @param domain the domain's name
 * @param kind the domain's kind, by which the core chooses handlers
 * @param nested whether the domain serves every PASID without a domain of its own, see
 *     {@link io.pgfault.api.Domain#nested}
 */
public record WatchedAttachment(int pasid, String domain, String kind, boolean nested) {}
