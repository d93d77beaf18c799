// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.control.Actors.check;
import static io.pgfault.itests.schedules.control.Actors.together;

import io.pgfault.itests.schedules.control.Explore;

/**
 * A page table in frames: no reader takes the bytes of a freed table for entries, whether the reader began at the root
 * or at the cache of last tables, and no page is lost when its table is cut out meanwhile.
 */
class PageTableIT {
    /** Reads of one actor: so many steps that a switch of threads often falls between the two halves of a read. */
    private static final int READS = 100;

    private final PageTableUnderTest table = new PageTableUnderTest();

    private void read(int page) {
        check(table.isKnown(page), "a reader took the bytes of a freed table for entries");
    }

    @Explore(600)
    void t01_aReader_neverTakesTheBytesOfAFreedTableForEntries() {
        table.map(0);
        together(
                () -> {
                    for (int i = 0; i < READS; i++) {
                        read(0);
                    }
                },
                table::cutOutAndUseItsFrame);
        check(table.isUsedFrameWhole(), "a mark was set in a frame that holds no table");
    }

    @Explore(600)
    void t03_aWalk_setsNoMarkInAFreedTable() {
        table.map(0);
        together(() -> table.walk(0), table::cutOutAndUseItsFrame);
        check(table.isUsedFrameWhole(), "a mark was set in a frame that holds no table");
    }

    @Explore(600)
    void s06_aPageThatIsMappedWhileItsTableIsCutOut_isFound() {
        table.map(0);
        together(
                () -> {
                    table.map(1);
                    check(table.isMapped(1), "a page was lost");
                },
                table::cutOutAndUseItsFrame,
                () -> read(0));
        check(table.isMapped(1), "a page was lost");
        check(table.isUsedFrameWhole(), "an entry was written into a frame that holds no table");
    }

    @Explore(600)
    void s06_twoTablesOfOnePlaceOfTheCache_areNotConfused() {
        together(
                () -> {
                    table.map(0);
                    check(table.isMapped(0), "a page was lost");
                },
                () -> {
                    table.mapFar();
                    check(table.isFarMapped(), "a page was lost");
                },
                () -> read(0));
    }
}
