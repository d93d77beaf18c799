// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RadixPageTableTest {
    private static final long LAST_PAGE = (1L << RadixPageTable.PAGE_NUMBER_BITS) - 1;

    private static final int ROUNDS = 150;
    private static final int PAGES_EACH = 3_000;

    private final RadixPageTable table = new RadixPageTable();

    private static long withoutSlot(long entry) {
        return PageEntry.isPresent(entry) ? PageEntry.withSlot(entry, 0) : entry;
    }

    @Test
    void anEmptyTableHasNothing() {
        assertThat(table.get(0)).isEqualTo(PageEntry.NONE);
        assertThat(table.get(LAST_PAGE)).isEqualTo(PageEntry.NONE);
        assertThat(table.size()).isZero();
    }

    @Test
    void everyBitOfAPageNumberCounts() {
        table.set(0, PageEntry.of(1L << 12, 1));
        for (int bit = 0; bit < RadixPageTable.PAGE_NUMBER_BITS; bit++) {
            assertThat(table.get(1L << bit)).isEqualTo(PageEntry.NONE);
            table.set(1L << bit, PageEntry.of((bit + 2L) << 12, 1));
        }
        table.set(LAST_PAGE, PageEntry.of(1000L << 12, 1));
        for (int bit = 0; bit < RadixPageTable.PAGE_NUMBER_BITS; bit++) {
            assertThat(PageEntry.frame(table.get(1L << bit))).isEqualTo((bit + 2L) << 12);
        }
        assertThat(PageEntry.frame(table.get(0))).isEqualTo(1L << 12);
        assertThat(PageEntry.frame(table.get(LAST_PAGE))).isEqualTo(1000L << 12);
        assertThat(table.size()).isEqualTo(RadixPageTable.PAGE_NUMBER_BITS + 2L);
    }

    /** Pages within so many bits of a common base: leaves and directories of every fullness. */
    @ParameterizedTest
    @ValueSource(ints = {5, 7, 9, 12, 14, 16, 20, 26, 35, 44, 52})
    void behavesLikeAMap(int bits) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long base = random.nextLong() & LAST_PAGE;
        Map<Long, Long> model = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            long page = (base ^ (random.nextLong() & ((1L << bits) - 1))) & LAST_PAGE;
            long entry = PageEntry.of(random.nextLong(), random.nextInt(8));
            if (random.nextInt(3) != 0) {
                table.set(page, entry);
                model.put(page, withoutSlot(entry));
            }
            assertThat(withoutSlot(table.get(page)))
                    .as("seed %d page %x", seed, page)
                    .isEqualTo(model.getOrDefault(page, PageEntry.NONE));
        }
        model.forEach((page, entry) -> assertThat(withoutSlot(table.get(page)))
                .as("seed %d page %x", seed, page)
                .isEqualTo(entry));
        assertThat(table.size()).as("seed %d", seed).isEqualTo(model.size());
    }

    /** The table behaves like a map whose ranges are removed and pruned in between, and ends empty. */
    @ParameterizedTest
    @ValueSource(ints = {7, 9, 14, 18, 26, 44, 52})
    void whatIsPrunedIsEmptyAndNothingElseGoes(int bits) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long base = random.nextLong() & LAST_PAGE;
        TreeMap<Long, Long> model = new TreeMap<>();
        for (int i = 0; i < 10_000; i++) {
            long page = (base ^ (random.nextLong() & ((1L << bits) - 1))) & LAST_PAGE;
            if (random.nextInt(20) == 0) {
                long last = Math.min(LAST_PAGE, page + (random.nextLong() & ((1L << random.nextInt(bits)) - 1)));
                table.forEach(page, last, table::clear);
                table.prune(page, last);
                model.subMap(page, true, last, true).clear();
            } else {
                long entry = PageEntry.of(random.nextLong(), random.nextInt(8));
                table.set(page, entry);
                model.put(page, withoutSlot(entry));
            }
        }
        model.forEach((page, entry) -> assertThat(withoutSlot(table.get(page)))
                .as("seed %d page %x", seed, page)
                .isEqualTo(entry));
        assertThat(table.size()).as("seed %d", seed).isEqualTo(model.size());
        table.forEach(0, LAST_PAGE, table::clear);
        assertThat(table.hasNoNodes()).isEqualTo(model.isEmpty());
        table.prune(0, LAST_PAGE);
        assertThat(table.hasNoNodes()).isTrue();
        assertThat(table.size()).isZero();
    }

    /** Threads fill and empty pages that share nodes, and prune all of them all the time. */
    @Test
    void nothingIsLostWhenNodesArePrunedWhileOthersFillThem() throws Exception {
        int threads = 3;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Integer>> runs = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int owner = t;
                runs.add(pool.submit(() -> {
                    int lost = 0;
                    for (int round = 0; round < ROUNDS; round++) {
                        lost += fillEmptyAndCountLost(threads, owner, round);
                    }
                    return lost;
                }));
            }
            for (Future<Integer> run : runs) {
                assertThat(run.get(60, TimeUnit.SECONDS)).isZero();
            }
        } finally {
            pool.shutdownNow();
        }
        table.prune(0, LAST_PAGE);
        assertThat(table.hasNoNodes()).isTrue();
        assertThat(table.size()).isZero();
    }

    private int fillEmptyAndCountLost(int threads, int owner, int round) {
        int pages = 300;
        int lost = 0;
        for (int i = 0; i < pages; i++) {
            table.set(((long) i << (round % 12)) * threads + owner, PageEntry.of((i + 1L) << 12, 1));
        }
        for (int i = 0; i < pages; i++) {
            long page = ((long) i << (round % 12)) * threads + owner;
            lost += PageEntry.frame(table.get(page)) == (i + 1L) << 12 ? 0 : 1;
            table.clear(page);
            if (i % 10 == 0) {
                table.prune(0, page);
            }
        }
        return lost;
    }

    /** In each round an empty table grows all its nodes at once, by threads that share nodes and never a page. */
    @Test
    void nothingIsLostWhenThreadsGrowTheSameNodes() throws Exception {
        int threads = 3;
        AtomicReference<RadixPageTable> current = new AtomicReference<>(table);
        List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
        CyclicBarrier end = new CyclicBarrier(threads, () -> {
            sizes.add((int) current.get().size());
            current.set(new RadixPageTable());
        });
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Integer>> runs = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int owner = t;
                runs.add(pool.submit(() -> {
                    int lost = 0;
                    for (int round = 0; round < ROUNDS; round++) {
                        lost += growAndCountLost(current.get(), threads, owner);
                        end.await();
                    }
                    return lost;
                }));
            }
            for (Future<Integer> run : runs) {
                assertThat(run.get(60, TimeUnit.SECONDS)).isZero();
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(sizes).hasSize(ROUNDS).containsOnly(threads * PAGES_EACH);
    }

    private static int growAndCountLost(RadixPageTable table, int threads, int owner) {
        // Steps of 2^5 pages: every leaf stays small and is replaced at each change, every directory grows to its full
        // form.
        // All threads take the same order, so that a thread that falls behind catches up where the nodes exist already.
        long[] pages = new long[PAGES_EACH];
        for (int i = 0; i < PAGES_EACH; i++) {
            pages[i] = (i * (long) threads + owner) << 5;
        }
        for (long page : pages) {
            table.set(page, PageEntry.of(page << 12, 1));
        }
        int lost = 0;
        for (long page : pages) {
            long entry = table.get(page);
            lost += PageEntry.isPresent(entry) && PageEntry.frame(entry) == page << 12 ? 0 : 1;
        }
        return lost;
    }
}
