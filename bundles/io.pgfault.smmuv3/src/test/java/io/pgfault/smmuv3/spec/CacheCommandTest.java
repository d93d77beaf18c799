// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static io.pgfault.smmuv3.spec.Bits.assertField;
import static io.pgfault.smmuv3.spec.Bits.assertFlag;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Positions and numbers of IHI 0070 F.b §4.3 to §4.5. */
class CacheCommandTest {
    @Test
    void fieldsLieWhereTheArchitecturePutsThem() {
        assertField(CacheCommand::vmid, 32, 47);
        assertField(CacheCommand::asid, 48, 63);
        assertField(CacheCommand::substreamId, 12, 31);
        assertField(CacheCommand::range, 0, 4);
        assertField(CacheCommand::size, 0, 5);
        assertFlag(CacheCommand::ssv, 11);
        assertFlag(CacheCommand::global, 9);
        assertThat(CacheCommand.address(-1)).isEqualTo(-0x1000);
    }

    @Test
    void commandsAreMadeOfTheirFields() {
        assertThat(CacheCommand.stream0(CacheCommand.CFGI_STE, 0x8000_0001)).isEqualTo(0x8000_0001_0000_0003L);
        assertThat(CacheCommand.descriptor0(0x8000_0001, 0xabcde)).isEqualTo(0x8000_0001_abcd_e005L);
        assertThat(CacheCommand.translations0(CacheCommand.TLBI_NH_VA, 0xfedc, 0xabcd))
                .isEqualTo(0xabcd_fedc_0000_0012L);
        assertThat(CacheCommand.withVmid(0xabcd_fedc_0000_0012L, 7)).isEqualTo(0xabcd_0007_0000_0012L);
        assertThat(CacheCommand.leaf1(0x1234_5678)).isEqualTo(0x1234_5001);
    }

    @Test
    void theRangeOfADeviceInvalidation_isAnAlignedPowerOfTwo() {
        assertThat(CacheCommand.first(0x7000)).isEqualTo(0x7000);
        assertThat(CacheCommand.last(0x7000)).isEqualTo(0x7fff);
        assertThat(CacheCommand.first(0x7002)).isEqualTo(0x4000);
        assertThat(CacheCommand.last(0x7002)).isEqualTo(0x7fff);
        assertThat(CacheCommand.first(-0x1000 | 51)).isEqualTo(Long.MIN_VALUE);
        assertThat(CacheCommand.last(-0x1000 | 51)).isEqualTo(-1);
        assertThat(CacheCommand.first(-0x1000 | 52)).isZero();
        assertThat(CacheCommand.last(-0x1000 | 63)).isEqualTo(-1);
    }

    @Test
    void commandsReadAsWords() {
        String[] expected = {
            "CMD_CFGI_STE stream 0x5",
            "CMD_CFGI_STE_RANGE stream 0x5, 2^2",
            "CMD_CFGI_CD stream 0x5 substream 7",
            "CMD_CFGI_CD_ALL stream 0x5",
            "CMD_TLBI_NH_ALL vmid 5",
            "CMD_TLBI_NH_ASID vmid 5 asid 0",
            "CMD_TLBI_NH_VA vmid 5 asid 0 0x1000",
            "CMD_TLBI_NH_VAA vmid 5 0x1000",
            "CMD_TLBI_S12_VMALL vmid 5",
            "CMD_TLBI_S2_IPA vmid 5 0x1000",
            "CMD_TLBI_NSNH_ALL",
            "CMD_ATC_INV stream 0x5 0x0 to 0x1fff",
        };
        int[] opcodes = {0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x28, 0x2a, 0x30, 0x40};
        for (int i = 0; i < opcodes.length; i++) {
            assertThat(CacheCommand.isCommand(opcodes[i])).isTrue();
            assertThat(new Command(0x0000_0005_0000_7000L | opcodes[i], 0x1001)).hasToString(expected[i]);
        }
        assertThat(new Command(0x04, 31)).hasToString("CMD_CFGI_ALL");
        assertThat(new Command(0x0000_0005_0000_7840L, 52))
                .hasToString("CMD_ATC_INV stream 0x5 substream 7 0x0 to 0xffffffffffffffff");
        assertThat(CacheCommand.isCommand(0x46)).isFalse();
    }
}
