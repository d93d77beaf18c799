// SPDX-License-Identifier: Apache-2.0

/**
 * Faults of a device of the host, at the guest's unit: {@link io.pgfault.guest.internal.fault.HostQueue} is the
 * connection to the host's fault queue, {@link io.pgfault.guest.internal.fault.AssignedFunction} raises its groups as a
 * device of the guest's unit and answers them, {@link io.pgfault.guest.internal.fault.FirstStages} tells the host the
 * first stage and what of it the guest invalidates.
 *
 * <p>The components enter; this room knows no other room of the bundle.
 */
package io.pgfault.guest.internal.fault;
