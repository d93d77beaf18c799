// SPDX-License-Identifier: Apache-2.0
/**
 * Translation as the unit does it: {@link io.pgfault.smmuv3.internal.hardware.remap.Remapping} takes a transaction
 * through the caches and, where the caches have no entry, through the tables. {@code Caches} are what a unit may keep
 * (rule T05). Any thread; this room knows the walkers and the codecs.
 */
package io.pgfault.smmuv3.internal.hardware.remap;
