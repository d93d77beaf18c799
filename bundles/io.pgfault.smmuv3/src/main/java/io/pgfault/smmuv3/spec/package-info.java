// SPDX-License-Identifier: Apache-2.0

/**
 * What the Arm System MMU version 3 writes to memory and reads from it, as pure codecs: event records, PRI queue
 * records, commands, queue indexes and registers. Source: Arm IHI 0070 F.b, "System Memory Management Unit Architecture
 * Specification, SMMU architecture version 3", §3.5 (queues), §4 (commands), §6 (registers), §7 (events) and §8 (page
 * requests).
 *
 * <p>Records are little-endian. Every field has a static getter on the 64-bit word that holds it, for loops that must
 * not allocate, and every record has a value type for everything else. No class here keeps state.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package io.pgfault.smmuv3.spec;
