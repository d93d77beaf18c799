// SPDX-License-Identifier: Apache-2.0

/**
 * Files on disk: {@link io.pgfault.sva.internal.file.OpenFile} reads and writes at positions and survives interrupts,
 * {@link io.pgfault.sva.internal.file.TransferBuffers} holds the bytes on their way.
 *
 * <p>The room {@code cache} enters; this room knows none of the others. Any thread.
 */
package io.pgfault.sva.internal.file;
