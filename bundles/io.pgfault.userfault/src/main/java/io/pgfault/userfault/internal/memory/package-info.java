// SPDX-License-Identifier: Apache-2.0

/**
 * Memory that devices and a client share: {@link io.pgfault.userfault.internal.memory.MemoryFile} maps a file, {@link
 * io.pgfault.userfault.internal.memory.GuestMemory} is an address space of it, the second stage of a client's domains.
 * Any thread may enter. The room knows the API only.
 */
package io.pgfault.userfault.internal.memory;
