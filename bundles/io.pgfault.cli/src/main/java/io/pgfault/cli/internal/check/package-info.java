// SPDX-License-Identifier: Apache-2.0

/**
 * {@code iopf check}: resolves other people's bundles against the bundles of this project, before run time, and runs
 * the conformance kit on the handlers and units that they register. The thread of the command does everything.
 */
package io.pgfault.cli.internal.check;
