// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.nest;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The page table of a nested domain: a first stage that a user keeps in its memory, on the page table of a host's
 * domain as second stage (rule N01; kernel: {@code IOMMU_HWPT_ALLOC} with a parent). Any thread may call any method.
 *
 * <p>Only a unit of the first stage's architecture can walk the table. The unit translates every address of the first
 * stage, the addresses of its tables included, by {@code secondStage().pageTable().walk} (rule T06), and reads tables
 * from {@link #memory}. So a user reaches nothing but what the second stage maps (rule N04).
 *
 * <p>Faults of the first stage go to the handlers of the nested domain's kind, with the address that the device used.
 * Faults of the second stage go to the handlers of {@link #secondStage}, with the address that the first stage gave
 * (rule N02).
 */
@ConsumerType
public interface NestedTable extends PageTable {
    /** Where the first stage is, and its format. */
    FirstStage firstStage();

    /** The host's domain below. Its page table translates the addresses that the first stage gives. */
    Domain secondStage();

    /** The memory behind the second stage: the unit reads the first stage's tables from it, and devices their data. */
    PhysicalMemory memory();

    /**
     * An unrecoverable event of the first stage, which is the user's business (rule N08). The unit's event thread calls
     * this method, which doesn't block. The words are the record's, with the StreamID of the host (IHI 0070 F.b §7.3);
     * {@code device} says which device it was.
     *
     * @return false if the owner has no place for events; the driver logs and counts the event then
     */
    default boolean event(Device device, long word0, long word1, long word2, long word3) {
        return false;
    }

    /** Nothing: a unit of another architecture can't walk the first stage. */
    @Override
    default long walk(long address) {
        return Translation.NONE;
    }
}
