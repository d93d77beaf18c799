// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.sva.internal.frame.PageFrames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Page tables in frames, each format: what is set is there, and every frame comes back. */
class FramePageTableTest {
    private static final int FRAMES = 20_000;
    private static final long FRAME = 0x1_2345_6000L;

    private final PageFrames frames = new PageFrames(FRAMES);

    private FramePageTable table(TableFormat format) {
        return new FramePageTable(frames, EntryFormat.of(format));
    }

    private static long last(FramePageTable table) {
        return table.lastPage();
    }

    @ParameterizedTest
    @EnumSource(TableFormat.class)
    void everyBitOfAPageNumberCounts(TableFormat format) {
        FramePageTable table = table(format);
        int bits = Long.SIZE - Long.numberOfLeadingZeros(last(table));
        for (int bit = 0; bit < bits; bit++) {
            assertThat(table.get(1L << bit)).isEqualTo(PageEntry.NONE);
            assertThat(table.set(1L << bit, PageEntry.of((bit + 2L) << 12, READ)))
                    .isTrue();
        }
        assertThat(table.set(last(table), PageEntry.of(1000L << 12, READ))).isTrue();
        for (int bit = 0; bit < bits; bit++) {
            assertThat(PageEntry.frame(table.get(1L << bit))).isEqualTo((bit + 2L) << 12);
        }
        assertThat(PageEntry.frame(table.get(last(table)))).isEqualTo(1000L << 12);
        assertThat(table.size()).isEqualTo(bits + 1L);
        List<Long> pages = new ArrayList<>();
        table.forEach(0, -1L >>> 12, pages::add);
        assertThat(pages).hasSize(bits + 1).isSorted();
        assertThat(table.get(last(table) + 1))
                .as("beyond the format's addresses")
                .isEqualTo(PageEntry.NONE);
        assertThat(table.walk(-1L >>> 12)).isEqualTo(Translation.NONE);
    }

    @ParameterizedTest
    @EnumSource(TableFormat.class)
    void anEntryHasWhatItsAreaGrants_andHardwareReadsAtLeastThat(TableFormat format) {
        FramePageTable table = table(format);
        for (int permissions = 0; permissions < 8; permissions++) {
            table.set(5, PageEntry.of(FRAME, permissions));
            assertThat(table.get(5)).isEqualTo(PageEntry.of(FRAME, permissions));
            boolean reads = (permissions & (READ | WRITE)) != 0
                    || (permissions == EXEC && format != TableFormat.AARCH64_FOUR_LEVELS);
            long expected = Translation.of(FRAME, permissions | (reads ? READ : 0));
            assertThat(table.walk(5)).isEqualTo(permissions == 0 ? Translation.NONE : expected);
        }
        assertThat(table.size()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(TableFormat.class)
    void behavesLikeAMap_whoseRangesAreRemoved_andEveryFrameComesBack(TableFormat format) {
        FramePageTable table = table(format);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TreeMap<Long, Long> model = new TreeMap<>();
        for (int i = 0; i < 6_000; i++) {
            // Few bits differ, so that pages share tables of every level.
            long page = random.nextLong() & last(table) & 0x8_0403_02ffL;
            if (random.nextInt(20) == 0) {
                long end = Math.min(last(table), page + (random.nextLong() & ((1L << random.nextInt(30)) - 1)));
                table.forEach(page, end, table::clear);
                table.prune(page, end).free();
                model.subMap(page, true, end, true).clear();
            } else {
                long entry = PageEntry.of(random.nextLong() & 0xffff_ffff_f000L, random.nextInt(8));
                assertThat(table.set(page, entry)).isTrue();
                model.put(page, entry);
            }
        }
        for (Map.Entry<Long, Long> entry : model.entrySet()) {
            assertThat(table.get(entry.getKey())).as("seed %d", seed).isEqualTo(entry.getValue());
        }
        List<Long> pages = new ArrayList<>();
        table.forEach(0, -1L >>> 12, pages::add);
        assertThat(pages).as("seed %d", seed).containsExactlyElementsOf(model.keySet());
        assertThat(table.size()).as("seed %d", seed).isEqualTo(model.size());
        table.forEach(0, -1L >>> 12, table::clear);
        table.prune(0, -1L >>> 12).free();
        assertThat(frames.tables()).as("the root").isEqualTo(1);
        table.free();
        assertThat(frames.inUse()).isZero();
    }

    @ParameterizedTest
    @EnumSource(TableFormat.class)
    void aSpentBudget_setsNothing(TableFormat format) {
        PageFrames few = new PageFrames(EntryFormat.of(format).levels() - 1);
        FramePageTable table = new FramePageTable(few, EntryFormat.of(format));
        assertThat(table.set(0, PageEntry.of(FRAME, READ))).isFalse();
        assertThat(table.get(0)).isEqualTo(PageEntry.NONE);
        assertThat(table.size()).isZero();
        table.prune(0, 0).free();
        table.free();
        assertThat(few.inUse()).isZero();
    }

    @ParameterizedTest
    @EnumSource(TableFormat.class)
    void t03_theMarksThatAUnitSetsWhileTheOwnerChangesPermissions_areKept(TableFormat format) throws Exception {
        FramePageTable table = table(format);
        EntryFormat words = table.format();
        table.set(7, PageEntry.of(FRAME, READ | WRITE));
        long at = wordAddress(table, 7);
        int rounds = 20_000;
        CompletableFuture<Void> owner = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < rounds; i++) {
                table.set(7, PageEntry.of(FRAME, i % 2 == 0 ? READ : READ | WRITE));
            }
        });
        for (int i = 0; i < rounds; i++) {
            long word;
            do {
                word = frames.memory().load(at);
            } while (!frames.memory().compareAndSet(at, word, word | words.marks()));
            assertThat(frames.memory().load(at) & words.marks()).isEqualTo(words.marks());
            table.clearTouched(7, 7);
        }
        owner.get(1, TimeUnit.MINUTES);
        assertThat(table.get(7)).isEqualTo(PageEntry.of(FRAME, READ | WRITE));
    }

    private long wordAddress(FramePageTable table, long page) {
        long at = table.root();
        for (int level = table.format().levels() - 1; level > 0; level--) {
            at = table.format().address(frames.memory().load(at + ((page >>> (9 * level)) & 0x1ff) * 8));
        }
        return at + (page & 0x1ff) * 8;
    }
}
