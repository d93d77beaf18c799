// SPDX-License-Identifier: Apache-2.0

/**
 * The entries of the tables that say how a request is translated, bit by bit: root, context, PASID directory and PASID
 * table (VT-d 4.1 §9.1 to §9.6), first-stage and second-stage paging entries (§9.7, §9.8; SDM vol 3 §4.5), the reasons
 * of faults (§7.1.3) and the fault recording register (§11.4.14). Pure functions on {@code long} words; no state.
 *
 * <p>An entry is 64-bit words, little-endian in memory. Encoders take the low bits of each argument, as many as the
 * field has. A mask named {@code RESERVED} has the bits that are reserved whatever the unit's address width is; {@link
 * io.pgfault.vtd.spec.table.EntryAddress#beyond} has the address bits beyond the width.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.vtd.spec.table;
