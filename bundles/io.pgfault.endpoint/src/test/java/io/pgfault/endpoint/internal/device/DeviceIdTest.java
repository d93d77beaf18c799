// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceIdTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "16, 16",
        "0x10, 16",
        "0XfFfF, 65535",
        "00:02.0, 16",
        "0:2.0, 16",
        "ff:1f.7, 65535",
        "3a:00.1, 14849",
        "' 42 ', 42",
        "0xffffffff, -1",
        "4294967295, -1",
        "2147483648, -2147483648"
    })
    void idsAreReadInThreeForms(String text, int id) {
        assertThat(DeviceId.parse(text)).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "-1",
                "0x",
                "0x100000000",
                "4294967296",
                "00:20.0",
                "00:02.8",
                "100:00.0",
                "00:02",
                "1.5"
            })
    void whatIsNoIdIsRefusedAndNamed(String text) {
        assertThatThrownBy(() -> DeviceId.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }
}
