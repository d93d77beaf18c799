// SPDX-License-Identifier: Apache-2.0

/**
 * Bindings and faults: {@link io.pgfault.sva.internal.bind.SvaService} binds devices to address spaces,
 * {@link io.pgfault.sva.internal.bind.SvaHandler} resolves the groups of bound devices. The handler knows no other
 * class of the bundle: the handler works on every address space that a group's domain carries.
 *
 * <p>No room of the bundle enters; this room knows {@code space} and {@code memory}. The handler runs on units' event
 * threads and on the fault queues' workers, the service on any thread.
 */
package io.pgfault.sva.internal.bind;
