// SPDX-License-Identifier: Apache-2.0
/**
 * What events, reasons and messages mean, without a log: {@link io.pgfault.trace.explain.FaultGlossary} finds a {@link
 * io.pgfault.trace.explain.Term} by name, number or message. All types are immutable; any thread may use them. The
 * package knows the reader of logs and the grammars' tables.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.trace.explain;
