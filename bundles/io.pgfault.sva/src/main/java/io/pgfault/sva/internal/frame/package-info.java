// SPDX-License-Identifier: Apache-2.0

/**
 * Page frames: the physical memory of all address spaces. {@link io.pgfault.sva.internal.frame.PageFrames} allocates
 * frames within a budget, {@link io.pgfault.sva.internal.frame.FrameMemory} holds the bytes of the frames, off heap or
 * in a {@link io.pgfault.sva.internal.frame.FrameFile}.
 *
 * <p>Every other room of the bundle may enter; this room knows none of the other rooms. Any thread; a
 * thread waits for another thread here only while both make the same new slab.
 */
package io.pgfault.sva.internal.frame;
