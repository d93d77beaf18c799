// SPDX-License-Identifier: Apache-2.0

/**
 * {@code iopf decode}: what a log or raw records say, as text, JSON or folded faults. This package needs no platform.
 * One thread, the one of the command.
 */
package io.pgfault.cli.internal.decode;
