// SPDX-License-Identifier: Apache-2.0

/**
 * Recorded faults and memory accesses, once more: {@link io.pgfault.trace.replay.ClosedLoopReplay} has an endpoint make
 * the accesses of a program, {@link io.pgfault.trace.replay.RecordReplay} feeds the records of a dump to a unit's ring.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.trace.replay;
