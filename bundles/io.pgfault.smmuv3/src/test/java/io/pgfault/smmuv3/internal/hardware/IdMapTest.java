// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IdMapTest {
    @Test
    void itIsTheSameAsAHashMap() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        IdMap<String> map = new IdMap<>();
        Map<Integer, String> reference = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            // Few ids, far apart and close together, so that slots are reused and probes collide.
            int id = random.nextInt(300) << (random.nextInt(3) * 11);
            String value = Integer.toString(i);
            switch (random.nextInt(4)) {
                case 0 -> assertThat(map.put(id, value)).as("seed %d", seed).isEqualTo(reference.put(id, value));
                case 1 ->
                    assertThat(map.putIfAbsent(id, value))
                            .as("seed %d", seed)
                            .isEqualTo(reference.putIfAbsent(id, value));
                default -> assertThat(map.remove(id)).as("seed %d", seed).isEqualTo(reference.remove(id));
            }
            assertThat(map.get(id)).as("seed %d", seed).isEqualTo(reference.get(id));
        }
        reference.forEach((id, value) -> assertThat(map.get(id)).isEqualTo(value));
    }

    @Test
    void everyIdIsAnId() {
        IdMap<String> map = new IdMap<>();
        for (int id : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 31 | 1}) {
            assertThat(map.get(id)).isNull();
            map.put(id, "x" + id);
        }
        assertThat(map.get(-1)).isEqualTo("x-1");
        assertThat(map.get(0)).isEqualTo("x0");
    }

    @Test
    void readersSeeWhatStaysWhileOthersComeAndGo() throws Exception {
        IdMap<String> map = new IdMap<>();
        map.put(42, "stays");
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger missed = new AtomicInteger();
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            while (!done.get()) {
                if (map.get(42) == null) {
                    missed.incrementAndGet();
                }
            }
        });
        IntStream.range(100, 100_000).forEach(id -> {
            map.put(id, "comes");
            if (id % 3 != 0) {
                map.remove(id);
            }
        });
        done.set(true);
        reader.get(1, TimeUnit.MINUTES);
        assertThat(missed).hasValue(0);
    }
}
