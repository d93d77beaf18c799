// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimitTest {
    @Test
    void whatWasSuppressedIsSaidOnce_andNothingIsSaidOfNone() {
        RateLimit limit = new RateLimit();
        assertThat(limit.permit()).isTrue();
        assertThat(limit.suppressed()).isEmpty();
        int refused = 0;
        for (int i = 0; i < 1_000; i++) {
            refused += limit.permit() ? 0 : 1;
        }
        assertThat(refused).isGreaterThan(900);
        assertThat(limit.suppressed()).isEqualTo("; " + refused + " earlier ones were not logged");
        assertThat(limit.suppressed()).isEmpty();
    }
}
