// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySizeTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "8KiB, 2", "7KiB, 1", "16 mib, 4096", "1GIB, 262144", "999999999GiB, 262143999737856"})
    void sizesAreNumbersOfPages(String text, long pages) {
        assertThat(MemorySize.pages(text)).hasValue(pages);
    }

    /** A number of ten digits, in GiB, would be more bytes than a long holds. */
    @ParameterizedTest
    @ValueSource(strings = {"", "MiB", "-1", "1MB", "1 M", "1.5GiB", "17179869185GiB"})
    void otherTextIsNoSize(String text) {
        assertThat(MemorySize.pages(text)).isEmpty();
    }

    @Test
    void nullIsNoSize_andBlanksAroundASizeDoNotCount() {
        assertThat(MemorySize.pages(null)).isEmpty();
        assertThat(MemorySize.pages(" 4KiB ")).hasValue(1);
    }
}
