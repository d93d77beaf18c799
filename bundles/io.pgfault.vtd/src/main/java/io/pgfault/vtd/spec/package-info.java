// SPDX-License-Identifier: Apache-2.0

/**
 * The parts of VT-d 4.1 (§6.5.2, §7.5, §7.7, §11.4) that recoverable faults need, bit by bit: descriptors and
 * registers. Pure functions on {@code long} words and on buffers; no state and no behaviour.
 *
 * <p>Fields are read from a word that the caller has fetched, so that a loop over a ring allocates nothing and fetches
 * each word once. Encoders take the low bits of each argument, as many as the field has.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.3.0")
package io.pgfault.vtd.spec;
