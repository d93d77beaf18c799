// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.vtd.spec.table.PasidEntry;

/**
 * Which page tables translate a request, and how: what a legacy context entry or a PASID entry says.
 *
 * @param type PGTT, see {@link PasidEntry}; legacy mode has second stage and pass-through
 * @param legacy whether reasons are those of legacy mode
 * @param domain the domain id that tags cached translations
 * @param firstStage address of the first-stage page table, 0 without one
 * @param firstLevels its levels, 4 or 5
 * @param secondStage address of the second-stage page table, 0 without one
 * @param secondLevels its levels, 3 to 5
 * @param flags word 2 of the PASID entry: {@link PasidEntry#WPE} and so on
 * @param secondStageDirty whether accessed and dirty bits of the second stage are set (SSADE)
 * @param silent whether qualified faults are not recorded (FPD)
 * @param tables what the domain id stands for; null: everything lies in the memory that the entry lies in
 */
public record PagingContext(
        int type,
        boolean legacy,
        int domain,
        long firstStage,
        int firstLevels,
        long secondStage,
        int secondLevels,
        long flags,
        boolean secondStageDirty,
        boolean silent,
        StageTables tables) {
    /** A paging context whose tables lie in the memory that the entry lies in. */
    public PagingContext(
            int type,
            boolean legacy,
            int domain,
            long firstStage,
            int firstLevels,
            long secondStage,
            int secondLevels,
            long flags,
            boolean secondStageDirty,
            boolean silent) {
        this(
                type,
                legacy,
                domain,
                firstStage,
                firstLevels,
                secondStage,
                secondLevels,
                flags,
                secondStageDirty,
                silent,
                null);
    }

    /** A copy of this entry, with what its domain id stands for. */
    public PagingContext with(StageTables found) {
        return new PagingContext(
                type,
                legacy,
                domain,
                firstStage,
                firstLevels,
                secondStage,
                secondLevels,
                flags,
                secondStageDirty,
                silent,
                found);
    }

    /** Returns the paging context of a legacy-mode context entry. */
    static PagingContext legacy(int type, int domain, long secondStage, int levels, boolean silent) {
        return new PagingContext(type, true, domain, 0, 0, secondStage, levels, 0, false, silent);
    }

    /** Returns the paging context of a PASID-table entry with these words. */
    static PagingContext of(long word0, long word1, long word2, boolean silent) {
        return new PagingContext(
                PasidEntry.type(word0),
                false,
                PasidEntry.domain(word1),
                PasidEntry.firstStage(word2),
                PasidEntry.firstStageLevels(word2),
                PasidEntry.secondStage(word0),
                PasidEntry.secondStageLevels(word0),
                word2,
                (word0 & PasidEntry.SSADE) != 0,
                silent);
    }

    /** Whether word 2 of the PASID entry has a flag. */
    public boolean has(long flag) {
        return (flags & flag) != 0;
    }

    /** Whether cached translations are tagged with the PASID beside the domain id (VT-d 4.1 §6.2.4). */
    public boolean isTaggedByPasid() {
        return type == PasidEntry.FIRST_STAGE || type == PasidEntry.NESTED;
    }
}
