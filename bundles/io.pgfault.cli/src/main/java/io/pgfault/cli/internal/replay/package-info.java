// SPDX-License-Identifier: Apache-2.0

/**
 * {@code iopf replay}: recorded faults or memory accesses go through a unit, the core and a handler. The thread of the
 * command runs all of this package, except the taps, which the thread of the unit's hardware calls.
 */
package io.pgfault.cli.internal.replay;
