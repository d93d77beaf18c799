// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways to write the id of a device. */
class RequesterIdTest {
    @ParameterizedTest
    @CsvSource({
        "00:02.0, 0x10, 00:02.0",
        "ff:1f.7, 0xffff, ff:1f.7",
        "0x0825, 0x825, 08:04.5",
        "16, 0x10, 00:02.0",
        "65536, 0x10000, 0x10000",
        "0xffffffff, 0xffffffff, 0xffffffff",
        "4294967295, 0xffffffff, 0xffffffff",
        "2147483648, 0x80000000, 0x80000000",
        "0, 0x0, 00:00.0",
        "0XfFfF, 0xffff, ff:1f.7",
        "0:2.0, 0x10, 00:02.0",
        "3a:00.1, 0x3a01, 3a:00.1",
        "42, 0x2a, 00:05.2"
    })
    void readsWhatPeopleWrite(String text, String id, String shown) {
        int parsed = RequesterId.parse(" " + text + " ");
        assertThat(parsed).isEqualTo(Integer.parseUnsignedInt(id.substring(2), 16));
        assertThat(RequesterId.format(parsed)).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "eth0",
                "00:20.0",
                "00:02.8",
                "100:02.0",
                "00:02",
                "0x",
                "0x100000000",
                "0x1ffffffff",
                "4294967296",
                "-1",
                "1.5"
            })
    void refusesTheRest_andSaysWhatIsAllowed(String text) {
        assertThatThrownBy(() -> RequesterId.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"")
                .hasMessageContaining("00:02.0");
    }
}
