// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.PageTable;
import io.pgfault.tck.handler.OfferedGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CookiesTest {
    private static OfferedGroup group(int id) {
        return Groups.of(PageTable.EMPTY, id, 0x1000, 1);
    }

    @Test
    void startAtOneAndCountUp() {
        Cookies cookies = new Cookies(4);
        assertThat(cookies.add(group(1))).isEqualTo(1);
        assertThat(cookies.add(group(2))).isEqualTo(2);
        cookies.remove(1);
        assertThat(cookies.add(group(3))).isEqualTo(3);
    }

    @Test
    void areUnknownBeforeAndAfterTheyAreOutstanding() {
        Cookies cookies = new Cookies(1);
        OfferedGroup group = group(1);
        assertThat(cookies.get(1)).isNull();
        assertThat(cookies.get(0)).isNull();
        int cookie = cookies.add(group);
        assertThat(cookies.isFull()).isTrue();
        assertThat(cookies.get(cookie)).isSameAs(group);
        // The same slot.
        assertThat(cookies.get(cookie + 4)).isNull();
        cookies.remove(cookie);
        assertThat(cookies.get(cookie)).isNull();
        assertThat(cookies.isFull()).isFalse();
    }

    /** Outstanding ones are skipped, zero is no cookie, and what is outstanding can be found, through the wrap too. */
    @Test
    void areNeverReusedWhileOutstanding() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int bound = 1 + random.nextInt(70);
        Cookies cookies = new Cookies(bound, -500);
        Map<Integer, OfferedGroup> outstanding = new HashMap<>();
        for (int i = 0; i < 2000; i++) {
            if (!cookies.isFull() && random.nextInt(3) > 0) {
                OfferedGroup group = group(i);
                int cookie = cookies.add(group);
                assertThat(cookie).as("seed %d", seed).isNotZero();
                assertThat(outstanding.put(cookie, group)).as("seed %d", seed).isNull();
            } else if (!outstanding.isEmpty()) {
                List<Integer> all = new ArrayList<>(outstanding.keySet());
                int cookie = all.get(random.nextInt(all.size()));
                cookies.remove(cookie);
                outstanding.remove(cookie);
            }
            assertThat(cookies.size()).as("seed %d", seed).isEqualTo(outstanding.size());
            outstanding.forEach((cookie, group) ->
                    assertThat(cookies.get(cookie)).as("seed %d", seed).isSameAs(group));
        }
    }

    @Test
    void thoseOfAnsweredGroupsAreForgotten() {
        Cookies cookies = new Cookies(4);
        OfferedGroup answered = group(1);
        OfferedGroup open = group(2);
        int first = cookies.add(answered);
        int second = cookies.add(open);
        answered.answeredByCore();
        cookies.forgetAnswered();
        assertThat(cookies.get(first)).isNull();
        assertThat(cookies.get(second)).isSameAs(open);
        assertThat(cookies.size()).isEqualTo(1);
    }

    @Test
    void r03_allAreTakenInTheirOldOrder() {
        Cookies cookies = new Cookies(8, -3);
        List<OfferedGroup> groups = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            groups.add(group(i));
            cookies.add(groups.get(i));
        }
        assertThat(cookies.takeAll()).containsExactlyElementsOf(groups);
        assertThat(cookies.size()).isZero();
        assertThat(cookies.takeAll()).isEmpty();
    }
}
