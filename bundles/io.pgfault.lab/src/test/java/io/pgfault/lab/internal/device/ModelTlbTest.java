// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The cache of the device against a map in order of use. */
class ModelTlbTest {
    private static final int ENTRIES = 24;

    @Test
    void theLeastRecentlyUsedTranslation_goesFirst() {
        Map<Long, Integer> expected = new LinkedHashMap<>(ENTRIES, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
                return size() > ENTRIES;
            }
        };
        ModelTlb tlb = new ModelTlb(ENTRIES);
        Random random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
            long page = random.nextInt(10) == 0 ? random.nextLong() >>> 12 : random.nextInt(40);
            int access = 1 + random.nextInt(3);
            if (random.nextInt(200) == 0) {
                long last = page + random.nextInt(8);
                tlb.invalidate(page, last);
                expected.keySet().removeIf(key -> key >= page && key <= last);
            }
            // A look without a grant doesn't count as use.
            boolean hit =
                    expected.entrySet().stream().anyMatch(e -> e.getKey() == page && (access & ~e.getValue()) == 0);
            assertThat(tlb.hit(page, access)).as("step %d, page %d", i, page).isEqualTo(hit);
            if (hit) {
                expected.get(page);
            } else {
                int granted = access | (random.nextBoolean() ? Permissions.EXEC : 0);
                tlb.put(page, Translation.of(page << 12, granted));
                expected.put(page, granted);
            }
        }
    }
}
