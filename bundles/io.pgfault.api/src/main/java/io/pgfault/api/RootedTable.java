// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A page table that lies in memory in the format of an architecture. A unit of that architecture is given the root and
 * walks the bytes itself; every other unit calls {@link #walk}, which gives the same translations. Any thread.
 *
 * <p>The owner clears a present entry, or takes a permission from it, and then invalidates (rule T05): units cache
 * translations and upper levels, and never what was not present.
 */
@ConsumerType
public interface RootedTable extends PageTable {
    /** The address of the table's root in {@link #memory}, a multiple of 4096 unless the format says otherwise. */
    long root();

    /** The format of the entries. */
    TableFormat format();

    /** The memory that holds the table and the pages that the table maps. */
    PhysicalMemory memory();
}
