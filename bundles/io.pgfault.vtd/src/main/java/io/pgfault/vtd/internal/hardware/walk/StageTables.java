// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.api.PageTable;
import io.pgfault.api.PhysicalMemory;

/**
 * What a domain id stands for: where the page tables are that an entry with that id names. Real hardware has one memory
 * and needs no such thing; here page tables lie in the memories of their owners, or are objects. Immutable.
 */
public sealed interface StageTables {
    /**
     * All stages are bytes.
     *
     * @param memory the memory that the addresses of entries and tables name
     */
    record InMemory(PhysicalMemory memory) implements StageTables {}

    /**
     * The one stage is an object. The unit keeps nothing of what it grants.
     *
     * @param table the page table
     */
    record Walked(PageTable table) implements StageTables {}

    /**
     * The first stage is bytes that the second stage, an object, translates.
     *
     * @param memory the memory behind the second stage
     * @param secondStage the second stage
     */
    record Nested(PhysicalMemory memory, PageTable secondStage) implements StageTables {}
}
