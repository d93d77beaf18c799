// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ConsumerType;

/** A page table as the hardware sees it: it can be walked. Implemented by whoever owns the memory behind a domain. */
@ConsumerType
public interface PageTable {
    /** A table that maps nothing. */
    PageTable EMPTY = address -> Translation.NONE;

    /**
     * Walks the table for the page that holds {@code address}. Called on any thread, concurrently with changes; must not
     * block.
     *
     * @param address a byte address, any of 64 bits
     * @return a {@link Translation}, {@link Translation#NONE} if nothing is mapped there
     */
    long walk(long address);
}
