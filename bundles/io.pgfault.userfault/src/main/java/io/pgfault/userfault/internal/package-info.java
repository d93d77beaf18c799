// SPDX-License-Identifier: Apache-2.0

/**
 * The handler for domains of kind {@code user}: {@link io.pgfault.userfault.internal.FaultSocket} is a queue, {@link
 * io.pgfault.userfault.internal.UserSpace} what its domain's accesses are translated with.
 */
package io.pgfault.userfault.internal;
