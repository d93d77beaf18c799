// SPDX-License-Identifier: Apache-2.0

/**
 * The verbs for a running platform: {@code units}, {@code devices}, {@code domains}, {@code handlers}, {@code groups},
 * {@code stats}, {@code top}, {@code trace}, {@code health}, {@code inject}, {@code attach}, {@code detach}.
 * Each is one class; the shell's thread runs it.
 */
package io.pgfault.cli.internal.shell;
