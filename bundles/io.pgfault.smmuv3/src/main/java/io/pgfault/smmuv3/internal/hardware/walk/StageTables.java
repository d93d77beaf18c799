// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.PageTable;
import io.pgfault.api.PhysicalMemory;

/**
 * What an ASID or a VMID stands for: where the page tables are that a context descriptor or a stream table entry with
 * that id names. Real hardware has one memory and needs no such thing; here page tables lie in the memories of their
 * owners, or are objects. Immutable.
 */
public sealed interface StageTables {
    /** What an ASID stands for. */
    sealed interface OfAsid extends StageTables {}

    /**
     * The first stage is bytes.
     *
     * @param memory the memory that the addresses of the descriptor and of tables name
     */
    record InMemory(PhysicalMemory memory) implements OfAsid {}

    /**
     * The first stage is an object. The unit keeps nothing of what the object grants.
     *
     * @param table the page table
     */
    record Walked(PageTable table) implements OfAsid {}

    /**
     * What a VMID stands for: context descriptors and the first stage are bytes that the second stage, an object,
     * translates.
     *
     * @param memory the memory behind the second stage
     * @param secondStage the second stage
     */
    record Nested(PhysicalMemory memory, PageTable secondStage) implements StageTables {}
}
