// SPDX-License-Identifier: Apache-2.0

/**
 * What a command reads and writes: files, standard input, JSON, progress on a terminal, quantities with units, and the
 * exception for bad input. Needs no other package of the bundle. One thread at a time.
 */
package io.pgfault.cli.internal.console;
