// SPDX-License-Identifier: Apache-2.0
/**
 * One VT-d unit as a whole: {@link io.pgfault.vtd.internal.VtdUnit} makes a unit of a configuration and registers its
 * services; {@link io.pgfault.vtd.internal.IommuUnit} is the unit; a {@link io.pgfault.vtd.internal.Connection} is a
 * device's way to the unit. This room knows the driver and the hardware; neither knows this room.
 */
package io.pgfault.vtd.internal;
