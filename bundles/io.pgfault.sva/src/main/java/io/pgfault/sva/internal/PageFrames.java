// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.service.component.annotations.Component;

/**
 * Physical memory by page frames, one for all address spaces, so that two pages never share a frame address. Frames have
 * an address and no bytes. Any thread.
 *
 * <p>Immediate, like all components here that have state: it must not be lost when the last user of the service lets go.
 */
@Component(service = PageFrames.class, immediate = true)
public final class PageFrames {
    /** Frames start at 4 GiB: below lies 0xFEExxxxx, which IOMMUs take for interrupt messages and not for memory. */
    static final long BASE = 1L << 32;

    private final AtomicLong next = new AtomicLong(BASE);

    /** A frame that nobody else has; returns the address of its first byte. */
    long allocate() {
        return next.getAndAdd(Translation.PAGE_SIZE);
    }
}
