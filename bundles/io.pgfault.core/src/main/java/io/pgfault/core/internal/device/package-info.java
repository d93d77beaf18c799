// SPDX-License-Identifier: Apache-2.0

/**
 * Devices and the fault queues that they are in (rules C01, C02, C12 to C14): here the other rooms meet. A unit's event
 * thread enters to report, the threads of drivers and of address space owners to add, remove, attach and detach.
 */
package io.pgfault.core.internal.device;
