// SPDX-License-Identifier: Apache-2.0

/**
 * The kit for a kind of log: {@link io.pgfault.tck.grammar.GrammarKit} checks a {@link
 * io.pgfault.trace.grammar.LogGrammar}. One thread.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.tck.grammar;
