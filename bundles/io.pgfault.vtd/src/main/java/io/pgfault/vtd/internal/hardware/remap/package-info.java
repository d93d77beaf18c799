// SPDX-License-Identifier: Apache-2.0
/**
 * Translation as the unit does it: {@link io.pgfault.vtd.internal.hardware.remap.Remapping} takes a request through the
 * caches and, where they don't help, through the tables; {@code Caches} are what a unit may keep (rule T05); {@link
 * io.pgfault.vtd.internal.hardware.remap.FaultRecording} are the fault recording registers (rule T07). Any thread; this
 * room knows the walkers and the codecs.
 */
package io.pgfault.vtd.internal.hardware.remap;
