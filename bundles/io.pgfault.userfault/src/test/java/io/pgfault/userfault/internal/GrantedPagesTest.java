// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Translation;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GrantedPagesTest {
    @Test
    void aPageIsPresentWithWhatWasGranted() {
        GrantedPages pages = new GrantedPages(10);
        assertThat(pages.find(0)).isEqualTo(Translation.NONE);
        assertThat(pages.grant(0x123, READ)).isTrue();
        assertThat(pages.find(0xfff)).isEqualTo(Translation.of(0, READ));
        assertThat(pages.grant(0, WRITE)).isTrue();
        assertThat(pages.find(0)).isEqualTo(Translation.of(0, READ | WRITE));
        assertThat(pages.find(0x1000)).isEqualTo(Translation.NONE);
        assertThat(pages.grant(0x2000, 0)).isTrue();
        assertThat(pages.find(0x2000)).isEqualTo(Translation.NONE);
        assertThat(pages.grant(-1L, EXEC)).isTrue();
        assertThat(pages.find(-4096L)).isEqualTo(Translation.of(-4096L, EXEC));
    }

    @Test
    void c15_noMorePagesThanAllowedArePresent() {
        GrantedPages pages = new GrantedPages(2);
        assertThat(pages.grant(0x1000, READ)).isTrue();
        assertThat(pages.grant(0x2000, READ)).isTrue();
        assertThat(pages.grant(0x3000, READ)).isFalse();
        assertThat(pages.find(0x3000)).isEqualTo(Translation.NONE);
        assertThat(pages.grant(0x1000, WRITE)).as("one that is present").isTrue();
    }

    @Test
    void randomGrantsAreAllThere() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        GrantedPages pages = new GrantedPages(20_000);
        Map<Long, Integer> expected = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            // Some close together, some anywhere.
            long page = (random.nextBoolean() ? random.nextInt(5000) : random.nextLong()) << 12;
            int permissions = 1 + random.nextInt(7);
            assertThat(pages.grant(page | random.nextInt(4096), permissions)).isTrue();
            expected.merge(page, permissions, (a, b) -> a | b);
        }
        expected.forEach((page, permissions) -> assertThat(pages.find(page))
                .as("seed %d, page 0x%x", seed, page)
                .isEqualTo(Translation.of(page, permissions)));
    }
}
