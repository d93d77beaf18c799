// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The map against {@link HashMap}. */
class LongMapTest {
    @Test
    void behavesAsAMapWhateverIsPutAndRemoved() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        LongMap<Integer> map = new LongMap<>();
        Map<Long, Integer> model = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            long key = (long) random.nextInt(300) << (random.nextBoolean() ? 32 : 0);
            if (random.nextInt(5) < 3) {
                assertThat(map.put(key, i)).as("seed %d", seed).isEqualTo(model.put(key, i));
            } else {
                assertThat(map.remove(key)).as("seed %d", seed).isEqualTo(model.remove(key));
            }
            long other = random.nextInt(300);
            assertThat(map.get(other)).as("seed %d", seed).isEqualTo(model.get(other));
            assertThat(map.size()).as("seed %d", seed).isEqualTo(model.size());
        }
        Map<Long, Integer> visited = new HashMap<>();
        map.forEach(visited::put);
        assertThat(visited).as("seed %d", seed).isEqualTo(model);
        map.clear();
        assertThat(map.size()).isZero();
        assertThat(map.get(1)).isNull();
    }
}
