// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.vtd.internal.hardware.walk.StageTables;
import io.pgfault.vtd.spec.CanonicalAddress;
import io.pgfault.vtd.spec.table.PasidEntry;

/**
 * A domain that is attached to a PASID of a device, and how its PASID entry says so.
 *
 * <ul>
 *   <li>A table of the unit's own format is a first stage: the entry holds its root.
 *   <li>A nested table is nested translation: the entry holds the root of the user's first stage. The second stage is
 *       an object that the domain id stands for, so the entry's second-stage address is 0.
 *   <li>Every other table is an object that the domain id stands for. The entry is that of a first stage without root.
 * </ul>
 *
 * @param pasid the PASID, or {@link Pasid#NONE}
 * @param id the domain id
 * @param nested whether a user keeps the first stage
 * @param cached whether the unit caches what comes from the table
 */
record Attached(int pasid, Domain domain, int id, boolean nested, boolean cached) {
    private static final long FLAGS = PasidEntry.ERE | PasidEntry.NXE;
    private static final int FOUR = 4;
    private static final int FIVE = 5;

    /** The words of an entry without domain id, and what the domain id stands for. */
    record Form(long word0, long word2, StageTables tables) {
        boolean isNested() {
            return tables instanceof StageTables.Nested;
        }

        boolean isCached() {
            return !(tables instanceof StageTables.Walked);
        }

        PasidTable.Entry entry(int id) {
            return new PasidTable.Entry(word0, PasidEntry.word1(id), word2);
        }
    }

    /**
     * How a domain's page table is entered.
     *
     * @param device the device's name, for the message
     * @param pasid the PASID, or {@link Pasid#NONE}, for the message
     * @param fiveLevel whether the unit walks five levels
     * @throws IllegalArgumentException if the domain's table is a user's first stage with a wrong field
     */
    static Form form(Domain domain, String device, int pasid, boolean fiveLevel) {
        PageTable table = domain.pageTable();
        if (table instanceof NestedTable nested) {
            VtdFirstStage stage = new FirstStageFields(device, pasid).check(nested.firstStage(), fiveLevel);
            return new Form(
                    PasidEntry.word0(PasidEntry.NESTED, 0, FOUR, 0),
                    PasidEntry.word2(stage.root(), levels(stage.addressWidth()), FLAGS | flags(stage)),
                    new StageTables.Nested(nested.memory(), nested.secondStage().pageTable()));
        }
        long word0 = PasidEntry.word0(PasidEntry.FIRST_STAGE, 0, FOUR, 0);
        long flags = FLAGS | PasidEntry.SRE | PasidEntry.WPE;
        if (table instanceof RootedTable rooted && isWalked(rooted.format(), fiveLevel)) {
            int levels = rooted.format() == TableFormat.X86_FIVE_LEVELS ? FIVE : FOUR;
            return new Form(
                    word0, PasidEntry.word2(rooted.root(), levels, flags), new StageTables.InMemory(rooted.memory()));
        }
        return new Form(word0, PasidEntry.word2(0, FOUR, flags), new StageTables.Walked(table));
    }

    /** Whether the domain serves every PASID of a device that has no entry of its own. */
    boolean ownsPasidTable() {
        return pasid == Pasid.NONE && domain.nested();
    }

    private static boolean isWalked(TableFormat format, boolean fiveLevel) {
        return format == TableFormat.X86_FOUR_LEVELS || (format == TableFormat.X86_FIVE_LEVELS && fiveLevel);
    }

    private static int levels(int width) {
        return width == CanonicalAddress.FIVE_LEVEL ? FIVE : FOUR;
    }

    private static long flags(VtdFirstStage stage) {
        return ((stage.flags() & VtdFirstStage.SRE) != 0 ? PasidEntry.SRE : 0)
                | ((stage.flags() & VtdFirstStage.EAFE) != 0 ? PasidEntry.EAFE : 0)
                | ((stage.flags() & VtdFirstStage.WPE) != 0 ? PasidEntry.WPE : 0);
    }
}
