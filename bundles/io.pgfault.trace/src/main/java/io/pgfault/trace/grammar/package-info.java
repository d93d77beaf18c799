// SPDX-License-Identifier: Apache-2.0

/**
 * The messages of drivers. A {@link io.pgfault.trace.grammar.LogGrammar} reads the messages of one kind of IOMMU with a
 * {@link io.pgfault.trace.grammar.MessageScanner}. A bundle that registers a grammar as a service adds a kind to {@code
 * iopf decode}. The thread that reads a log calls the grammars.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.trace.grammar;
