// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Every constant here is written down from the rules, none is taken from the code. */
class RegistersTest {
    @Test
    void offsets() {
        assertThat(Registers.FSTS).isEqualTo(0x34);
        assertThat(Registers.IQH).isEqualTo(0x80);
        assertThat(Registers.IQT).isEqualTo(0x88);
        assertThat(Registers.IQA).isEqualTo(0x90);
        assertThat(Registers.PQH).isEqualTo(0xc0);
        assertThat(Registers.PQT).isEqualTo(0xc8);
        assertThat(Registers.PQA).isEqualTo(0xd0);
        assertThat(Registers.PRS).isEqualTo(0xdc);
        assertThat(Registers.PECTL).isEqualTo(0xe0);
        assertThat(Registers.PEDATA).isEqualTo(0xe4);
        assertThat(Registers.PEADDR).isEqualTo(0xe8);
        assertThat(Registers.PEUADDR).isEqualTo(0xec);
    }

    @Test
    void bits() {
        assertThat(Registers.FSTS_IQE).isEqualTo(0x10);
        assertThat(Registers.PRS_PPR).isEqualTo(0x1);
        assertThat(Registers.PRS_PRO).isEqualTo(0x2);
        assertThat(Registers.PECTL_IM).isEqualTo(0x8000_0000);
        assertThat(Registers.PECTL_IP).isEqualTo(0x4000_0000);
        assertThat(Registers.IQA_DW).isEqualTo(0x800L);
        assertThat(Registers.BASE).isEqualTo(0xffff_ffff_ffff_f000L);
    }

    @Test
    void ringSizes() {
        int[] entries = {128, 256, 512, 1024, 2048, 4096, 8192, 16384};
        for (int size = 0; size < 8; size++) {
            assertThat(Registers.ringEntries(size)).isEqualTo(entries[size]);
            assertThat(Registers.ringBytes(size)).isEqualTo(entries[size] * 32);
        }
    }

    @Test
    void canonicalAddresses() {
        assertThat(CanonicalAddress.FOUR_LEVEL).isEqualTo(48);
        assertThat(CanonicalAddress.FIVE_LEVEL).isEqualTo(57);
        for (long address : new long[] {0, 0x0000_7fff_ffff_ffffL, 0xffff_8000_0000_0000L, -1}) {
            assertThat(CanonicalAddress.isCanonical(address, 48)).isTrue();
            assertThat(CanonicalAddress.isCanonical(address, 57)).isTrue();
        }
        for (long address : new long[] {
            0x0000_8000_0000_0000L, 0x00ff_ffff_ffff_ffffL, 0xff00_0000_0000_0000L, 0xffff_7fff_ffff_ffffL
        }) {
            assertThat(CanonicalAddress.isCanonical(address, 48)).isFalse();
            assertThat(CanonicalAddress.isCanonical(address, 57)).isTrue();
        }
        for (long address : new long[] {
            0x0100_0000_0000_0000L, 0x7fff_ffff_ffff_ffffL, 0x8000_0000_0000_0000L, 0xfeff_ffff_ffff_ffffL
        }) {
            assertThat(CanonicalAddress.isCanonical(address, 48)).isFalse();
            assertThat(CanonicalAddress.isCanonical(address, 57)).isFalse();
        }
    }
}
