// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpositionTest {
    @Test
    void aTextInTheFormatIsRead() {
        assertThat(Exposition.parse("# HELP a_total Help.\n# TYPE a_total counter\na_total{b=\"c\\\"d\"} 1.5\n", false))
                .containsEntry("a_total{b=\"c\\\"d\"}", 1.5);
        assertThat(Exposition.parse("# TYPE a counter\na_total 1.0\n# EOF\n", true))
                .containsEntry("a_total{}", 1.0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a_total 1.0\n",
                "# TYPE a_total counter\n# TYPE a_total counter\n",
                "# TYPE a_total counter\na_total -1.0\n",
                "# TYPE a gauge\na 1\na 2\n",
                "# TYPE a gauge\n# TYPE b gauge\na 1\n",
                "# TYPE a gauge\na{1b=\"c\"} 1\n",
                "# TYPE a gauge\na{b=\"c\" d=\"e\"} 1\n",
                "# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n",
                "# TYPE a gauge\na{b=\"\"c\"} 1\n",
                "# TYPE a counter\na 1\n",
                "# TYPE a summary\na{quantile=\"1.5\"} 1\n",
                "# TYPE a summary\na 1\n",
                "# TYPE a thing\n",
                "# TYPE a gauge\na one\n",
                "# TYPE a gauge\na 1"
            })
    void aTextThatBreaksARuleIsRefused(String text) {
        assertThatThrownBy(() -> Exposition.parse(text, false)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void openMetricsNeedsItsEnd_andCountersByTheirOwnNames() {
        assertThatThrownBy(() -> Exposition.parse("# TYPE a gauge\na 1\n", true))
                .hasMessageContaining("EOF");
        assertThatThrownBy(() -> Exposition.parse("# TYPE a_total counter\na_total 1\n# EOF\n", true))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
