// SPDX-License-Identifier: Apache-2.0

/**
 * Shared virtual addressing.
 *
 * <p>Three parts: address spaces ({@link io.pgfault.sva.internal.ProcessAddressSpace} over {@link
 * io.pgfault.sva.internal.RadixPageTable}), bindings of devices to them ({@link io.pgfault.sva.internal.SvaService}), and
 * the handler that resolves faults ({@link io.pgfault.sva.internal.SvaHandler}). The handler knows neither of the others:
 * it resolves against whatever address space a group's domain carries.
 */
package io.pgfault.sva.internal;
