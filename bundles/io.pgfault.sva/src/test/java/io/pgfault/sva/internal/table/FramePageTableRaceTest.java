// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import static io.pgfault.api.Permissions.READ;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.sva.internal.frame.PageFrames;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Threads fill, empty, cut out and read the same tables of a page table in frames. */
class FramePageTableRaceTest {
    private static final int ROUNDS = 12;
    private static final long GARBAGE = PageEntry.of(0x6660_0000L, READ);

    private final PageFrames frames = new PageFrames(4_000);
    private final FramePageTable table = new FramePageTable(frames, EntryFormat.of(TableFormat.X86_FOUR_LEVELS));

    private static void run(List<Callable<Integer>> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(work.size());
        try {
            for (Future<Integer> lost : threads.invokeAll(work, 60, TimeUnit.SECONDS)) {
                assertThat(lost.get()).isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void nothingIsLostWhenTablesAreCutOutWhileOthersFillThem() throws Exception {
        int threads = 3;
        List<Callable<Integer>> work = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int owner = t;
            work.add(() -> {
                int lost = 0;
                for (int round = 0; round < ROUNDS; round++) {
                    lost += fillEmptyAndCountLost(threads, owner, round % 12);
                }
                return lost;
            });
        }
        run(work);
        table.prune(0, table.lastPage()).free();
        assertThat(frames.inUse()).as("the root").isEqualTo(1);
        assertThat(table.size()).isZero();
    }

    private int fillEmptyAndCountLost(int threads, int owner, int shift) {
        int lost = 0;
        for (int i = 0; i < 300; i++) {
            lost += table.set(page(i, threads, owner, shift), PageEntry.of((i + 1L) << 12, READ)) ? 0 : 1;
        }
        for (int i = 0; i < 300; i++) {
            long page = page(i, threads, owner, shift);
            lost += PageEntry.frame(table.get(page)) == (i + 1L) << 12 ? 0 : 1;
            table.clear(page);
            if (i % 10 == 0) {
                table.prune(Math.max(0, page - 4096), page).free();
            }
        }
        return lost;
    }

    private static long page(int i, int threads, int owner, int shift) {
        return ((long) i << shift) * threads + owner;
    }

    /**
     * The worst moment: a reader has found the last table, and before the reader reads a word the table is freed, and
     * its frame becomes a page full of words that look like entries.
     */
    @Test
    void aReaderNeverTakesTheBytesOfAFreedTableForEntries() {
        long[] frame = new long[1];
        FramePageTable interrupted = new FramePageTable(frames, table.format()) {
            @Override
            long locate(long page) {
                long found = super.locate(page);
                if (found != PageFrames.NONE) {
                    clear(page);
                    prune(page, page).free();
                    frame[0] = garbage();
                }
                return found;
            }
        };
        interrupted.set(3, PageEntry.of(0x1000L, READ));
        assertThat(interrupted.get(3)).isEqualTo(PageEntry.NONE);
        interrupted.set(3, PageEntry.of(0x1000L, READ));
        assertThat(interrupted.walk(3)).isEqualTo(Translation.NONE);
        assertThat(frames.memory().load(frame[0] + 3 * 8))
                .as("no mark in the new page")
                .isEqualTo(table.format().word(GARBAGE));
    }

    private long garbage() {
        ByteBuffer words = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        while (words.hasRemaining()) {
            words.putLong(table.format().word(GARBAGE));
        }
        // The frames that were freed last are handed out first.
        long last = frames.allocate();
        frames.memory().write(last, words.flip());
        for (int i = 0; i < table.format().levels(); i++) {
            frames.memory().write(frames.allocate(), words.rewind());
        }
        return last;
    }
}
