// SPDX-License-Identifier: Apache-2.0

/**
 * {@code iopf bench}: load on a unit, and the latency of the answers. The thread of the command starts the load; the
 * bundle {@code io.pgfault.bench} owns the threads that put it on.
 */
package io.pgfault.cli.internal.bench;
