// SPDX-License-Identifier: Apache-2.0

/**
 * The tables in memory that say how an SMMUv3 translates, bit by bit: stream table entries, context descriptors, the
 * descriptors above both (Arm IHI 0070 F.b §5), and translation table descriptors with the 4 KiB granule (Arm DDI 0487
 * J.a D8.3, VMSAv8-64).
 *
 * <p>Pure functions on 64-bit little-endian words; no class here keeps state, and every thread may call every method.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.smmuv3.spec.table;
