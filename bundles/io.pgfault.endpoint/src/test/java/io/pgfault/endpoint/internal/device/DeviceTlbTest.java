// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import static io.pgfault.api.Permissions.READ;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTlbTest {
    private record Key(int pasid, long page) {}

    /**
     * Against a map: a hit is what was filled last and not dropped since; with room for all, nothing else is forgotten.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 256})
    void s06_randomFillsAndDropsAgreeWithAMap(int entries) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        AccessEpochs epochs = new AccessEpochs();
        DeviceTlb tlb = new DeviceTlb(entries, epochs);
        Map<Key, Long> model = new HashMap<>();
        int[] pasids = {0, 1, Pasid.MAX, Pasid.NONE};
        for (int step = 0; step < 20_000; step++) {
            int pasid = pasids[random.nextInt(pasids.length)];
            long page = random.nextInt(16) + (random.nextBoolean() ? 0 : (1L << 52) - 16);
            if (random.nextInt(8) == 0) {
                long last = Math.min(page + random.nextInt(random.nextBoolean() ? 4 : 1 << 20), (1L << 52) - 1);
                tlb.drop(pasid, page << 12, last << 12 | 0xfff);
                model.keySet().removeIf(k -> k.pasid() == pasid && k.page() >= page && k.page() <= last);
            } else if (random.nextBoolean()) {
                long translation = Translation.of(random.nextLong(), 1 + random.nextInt(7));
                tlb.fill(pasid, page << 12 | 0x123, translation, epochs.current());
                model.put(new Key(pasid, page), translation);
            }
            long found = tlb.lookup(pasid, page << 12 | 0xabc);
            Long expected = model.get(new Key(pasid, page));
            assertThat(found == Translation.NONE || Long.valueOf(found).equals(expected))
                    .as("seed %d step %d: found 0x%x, expected %s or nothing", seed, step, found, expected)
                    .isTrue();
        }
    }

    @Test
    void s06_neighboursAndOtherPasidsSurviveADrop() {
        AccessEpochs epochs = new AccessEpochs();
        DeviceTlb tlb = new DeviceTlb(1024, epochs);
        for (long page = 0; page < 8; page++) {
            tlb.fill(1, page << 12, Translation.of(page << 12, READ), epochs.current());
        }
        tlb.drop(1, 0x2000, 0x4fff);
        tlb.drop(2, 0, -1);
        for (long page = 0; page < 8; page++) {
            long expected = page >= 2 && page <= 4 ? Translation.NONE : Translation.of(page << 12, READ);
            assertThat(tlb.lookup(1, page << 12)).isEqualTo(expected);
        }
    }

    @Test
    void s06_fillFromBeforeADropIsNotCached() {
        AccessEpochs epochs = new AccessEpochs();
        DeviceTlb tlb = new DeviceTlb(16, epochs);
        long asked = epochs.current();
        tlb.drop(1, 0, 0xfff);
        tlb.fill(1, 0, Translation.of(0, READ), asked);
        assertThat(tlb.lookup(1, 0)).isEqualTo(Translation.NONE);
    }

    @Test
    void race_lookupNeverMixesTwoEntries() throws Exception {
        AccessEpochs epochs = new AccessEpochs();
        DeviceTlb tlb = new DeviceTlb(1, epochs);
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            Future<?> writer = threads.submit(() -> {
                for (long i = 0; !stop.get(); i++) {
                    long page = i % 5;
                    tlb.fill((int) page, page << 12, Translation.of(page << 12, READ), epochs.current());
                }
            });
            long hits = 0;
            for (long i = 0; hits < 100_000; i++) {
                long page = i % 5;
                long found = tlb.lookup((int) page, page << 12);
                if (found != Translation.NONE) {
                    hits++;
                    assertThat(found).isEqualTo(Translation.of(page << 12, READ));
                }
            }
            stop.set(true);
            writer.get(30, TimeUnit.SECONDS);
        } finally {
            stop.set(true);
            threads.shutdownNow();
        }
    }
}
