// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CirclesTest {
    @Test
    void nodesThatReachEachOther_areACircle_othersAreNot() {
        assertThat(Circles.of(Map.of(
                        "a", Set.of("b"),
                        "b", Set.of("c", "d"),
                        "c", Set.of("a"),
                        "d", Set.of("e", "d"),
                        "e", Set.of("f"),
                        "f", Set.of("e"))))
                .containsExactlyInAnyOrder(Set.of("a", "b", "c"), Set.of("e", "f"));
    }
}
