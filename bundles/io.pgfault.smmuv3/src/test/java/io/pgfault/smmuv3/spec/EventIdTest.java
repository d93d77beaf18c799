// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers of IHI 0070 F.b §7.3. */
class EventIdTest {
    @ParameterizedTest
    @CsvSource({
        "0x01, F_UUT",
        "0x02, C_BAD_STREAMID",
        "0x03, F_STE_FETCH",
        "0x04, C_BAD_STE",
        "0x05, F_BAD_ATS_TREQ",
        "0x06, F_STREAM_DISABLED",
        "0x07, F_TRANSL_FORBIDDEN",
        "0x08, C_BAD_SUBSTREAMID",
        "0x09, F_CD_FETCH",
        "0x0a, C_BAD_CD",
        "0x0b, F_WALK_EABT",
        "0x10, F_TRANSLATION",
        "0x11, F_ADDR_SIZE",
        "0x12, F_ACCESS",
        "0x13, F_PERMISSION",
        "0x20, F_TLB_CONFLICT",
        "0x21, F_CFG_CONFLICT",
        "0x24, E_PAGE_REQUEST",
        "0x25, F_VMS_FETCH",
        "0xe5, IMPDEF_EVENT_0xe5",
        "0x7f, EVENT_0x7f"
    })
    void everyNumberHasItsName(String number, String name) {
        assertThat(EventId.of(Integer.decode(number))).hasToString(name);
    }

    @Test
    void everyValueSurvives() {
        for (int value = 0; value <= 0xff; value++) {
            assertThat(EventId.of(value).value()).isEqualTo(value);
            assertThat(EventId.of(value)).isEqualTo(EventId.of(value));
        }
        assertThat(EventId.named()).hasSize(19);
        assertThatThrownBy(() -> EventId.of(0x100)).hasMessageContaining("8 bits");
    }

    @Test
    void a01_fourEventsCanStall() {
        for (int value = 0; value <= 0xff; value++) {
            boolean four = value == 0x10 || value == 0x11 || value == 0x12 || value == 0x13;
            assertThat(EventId.of(value).stallable()).as("0x%x", value).isEqualTo(four);
        }
    }
}
