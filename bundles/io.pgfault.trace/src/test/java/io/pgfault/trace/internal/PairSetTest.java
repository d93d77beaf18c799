// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PairSetTest {
    @Test
    void addTellsWhatIsNewAsAHashSetDoes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        PairSet pairs = new PairSet();
        Set<List<Integer>> reference = new HashSet<>();
        int[] ids = {0, 1, 0xffff, -1, Integer.MIN_VALUE, random.nextInt()};
        for (int i = 0; i < 50_000; i++) {
            int id = ids[random.nextInt(ids.length)];
            int pasid = random.nextInt(4_000) - 1;
            assertThat(pairs.add(id, pasid))
                    .as("seed %d, step %d", seed, i)
                    .isEqualTo(reference.add(List.of(id, pasid)));
        }
    }

    @Test
    void extremesAreApart() {
        PairSet pairs = new PairSet();
        assertThat(pairs.add(-1, Pasid.MAX)).isTrue();
        assertThat(pairs.add(-1, Pasid.NONE)).isTrue();
        assertThat(pairs.add(0, Pasid.NONE)).isTrue();
        assertThat(pairs.add(0, Pasid.MAX)).isTrue();
        assertThat(pairs.add(1, Pasid.NONE)).isTrue();
        assertThat(pairs.add(-1, Pasid.MAX)).isFalse();
    }
}
