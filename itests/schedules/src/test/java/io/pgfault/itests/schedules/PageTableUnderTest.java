// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import io.pgfault.api.Permissions;
import io.pgfault.api.TableFormat;
import io.pgfault.sva.internal.frame.PageFrames;
import io.pgfault.sva.internal.table.EntryFormat;
import io.pgfault.sva.internal.table.FramePageTable;
import io.pgfault.sva.internal.table.PageEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The real page table in frames: the one class of this module that names classes of SVA. The pages of a scenario lie in
 * the second last table; the first last table stays, so that the tables above stay too.
 */
final class PageTableUnderTest {
    private static final long FIRST = 512;
    /** Its last table has the place of the scenario's last table in the cache. */
    private static final long FAR = FIRST + 512 * 512;

    private static final long STAYS = PageEntry.of(0x10_0000L, Permissions.READ);
    private static final long MAPPED = PageEntry.of(0x20_0000L, Permissions.READ);
    private static final long FAR_MAPPED = PageEntry.of(0x30_0000L, Permissions.READ);
    private static final long GARBAGE = PageEntry.of(0x6660_0000L, Permissions.READ);

    private final PageFrames frames = new PageFrames(16);
    private final FramePageTable table = new FramePageTable(frames, EntryFormat.of(TableFormat.X86_FOUR_LEVELS));
    private final long garbage = table.format().word(GARBAGE);
    /** A frame that holds no table; the actor that cut out a table writes it, the scenario reads it at its end. */
    private long used = PageFrames.NONE;

    PageTableUnderTest() {
        table.set(0, STAYS);
    }

    void map(int page) {
        table.set(FIRST + page, MAPPED);
    }

    void mapFar() {
        table.set(FAR, FAR_MAPPED);
    }

    boolean isMapped(int page) {
        return table.get(FIRST + page) == MAPPED;
    }

    boolean isFarMapped() {
        return table.get(FAR) == FAR_MAPPED;
    }

    /** Whether a page reads as mapped or as not present. */
    boolean isKnown(int page) {
        long entry = table.get(FIRST + page);
        return entry == MAPPED || entry == PageEntry.NONE;
    }

    /** A walk as a device has it, which marks the page as touched. */
    void walk(int page) {
        table.walk(FIRST + page);
    }

    /** Unmaps page 0, frees its table if the table is empty, and fills the next free frame with garbage. */
    void cutOutAndUseItsFrame() {
        table.clear(FIRST);
        table.prune(FIRST, FIRST).free();
        ByteBuffer words = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        while (words.hasRemaining()) {
            words.putLong(garbage);
        }
        used = frames.allocate();
        frames.memory().write(used, words.flip());
    }

    /** Whether the frame of {@link #cutOutAndUseItsFrame} has its garbage still. */
    boolean isUsedFrameWhole() {
        for (int at = 0; at < 4096; at += Long.BYTES) {
            if (frames.memory().load(used + at) != garbage) {
                return false;
            }
        }
        return true;
    }
}
