// SPDX-License-Identifier: Apache-2.0

/**
 * What the kit's checks are made with: {@link io.pgfault.tck.internal.OfferedGroup} is a group that watches its handler,
 * {@link io.pgfault.tck.internal.StrictFaults} a core that watches its driver, {@link io.pgfault.tck.internal.KitDevice} a
 * device that watches its unit.
 */
package io.pgfault.tck.internal;
