// SPDX-License-Identifier: Apache-2.0

/**
 * What kernel logs and raw records say about IOMMU faults. {@link io.pgfault.trace.decode.FaultLog} reads a log or a dump
 * and gives out one {@link io.pgfault.trace.decode.LogRecord} after the other, each with its {@link
 * io.pgfault.trace.decode.Cause likely causes}. A log of any size takes constant memory. One thread at a time.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.trace.decode;
