// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ConsumerType;

/** A page table as the hardware sees it. The owner of the memory behind a domain implements this interface. */
@ConsumerType
public interface PageTable {
    /** A table that maps nothing. */
    PageTable EMPTY = address -> Translation.NONE;

    /**
     * Walks the table for the page that holds {@code address}. A unit calls this method on any thread, also while the
     * owner changes the table. The walk doesn't block and doesn't throw.
     *
     * @param address a byte address, any of 64 bits
     * @return a {@link Translation}, {@link Translation#NONE} if nothing is mapped there
     */
    long walk(long address);
}
