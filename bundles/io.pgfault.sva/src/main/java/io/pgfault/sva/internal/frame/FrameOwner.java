// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.frame;

/**
 * A page of the page cache that owns a frame (kernel: {@code page->mapping}). An anonymous frame has no owner. Any
 * thread.
 */
public interface FrameOwner {
    /** Whether the page can leave memory and be loaded again. */
    boolean isReclaimable();
}
