// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Numbers as people read them. */
class QuantityTest {
    @Test
    void oneIsSingular() {
        assertThat(Quantity.count(1, "record", "records")).isEqualTo("1 record");
        assertThat(Quantity.count(0, "record", "records")).isEqualTo("0 records");
        assertThat(Quantity.count(1_234, "record", "records")).isEqualTo("1,234 records");
    }
}
