// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A misspelt word is recognised, another word is not. */
class NearestTest {
    @Test
    void distanceCountsLettersThatDiffer() {
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Nearest.distance("", "abc")).isEqualTo(3);
        assertThat(Nearest.distance("sva", "sva")).isZero();
    }

    @Test
    void theNearestWordIsMeant_unlessItIsFar() {
        assertThat(Nearest.of("io.pgfault.vdt.unit", List.of("io.pgfault.core", "io.pgfault.vtd.unit")))
                .contains("io.pgfault.vtd.unit");
        assertThat(Nearest.of("sba", List.of("sva", "user"))).contains("sva");
        assertThat(Nearest.of("grant", List.of("sva", "user"))).isEmpty();
        assertThat(Nearest.of("x", List.of("y"))).isEmpty();
    }
}
