// SPDX-License-Identifier: Apache-2.0

/**
 * The way in for logs: {@link io.pgfault.trace.log.FaultLog} reads a log or a dump and gives out its records, {@link
 * io.pgfault.trace.log.LogFiles} the files of a directory or an archive. A log of any size takes constant memory. One
 * thread reads.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.trace.log;
