// SPDX-License-Identifier: Apache-2.0
/**
 * The software side of a unit (kernel: {@code drivers/iommu/intel/prq.c}).
 * {@link io.pgfault.vtd.internal.driver.Driver} is the facade. The {@code EventThread} consumes the page request queue,
 * {@code PageRequestReports} checks and reports one request, {@code Responses} encodes a response, and
 * {@link io.pgfault.vtd.internal.driver.CommandQueue} submits it.
 *
 * <p>Threads: the event thread runs {@code EventThread} and {@code PageRequestReports} alone; every thread may respond
 * and drain. This room knows the hardware's registers and memory, and nothing of the hardware model behind them.
 */
package io.pgfault.vtd.internal.driver;
