// SPDX-License-Identifier: Apache-2.0

/**
 * Readers of recorded faults and memory accesses: {@link io.pgfault.trace.TraceFile} is the opened file, {@link
 * io.pgfault.trace.TraceFormat} says what is in it, {@link io.pgfault.trace.RecordSource} and {@link
 * io.pgfault.trace.AccessSource} give it out piece by piece, {@link io.pgfault.trace.MapsFile} reads the areas of a
 * process. Readers stream: a file of any size takes constant memory. None of them is for more than one thread at a
 * time.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.trace;
