// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FeaturesTest {
    @Test
    void theModelHasEverything() {
        Features model = Features.MODEL;
        assertThat(model.updatesAccessFlag()).isTrue();
        assertThat(model.updatesDirtyState()).isTrue();
        assertThat(model.ats()).isTrue();
        assertThat(model.msi()).isTrue();
        assertThat(model.pri()).isTrue();
        assertThat(model.stalls()).isTrue();
        assertThat(model.twoLevelStreams()).isTrue();
        assertThat(model.streamBits()).isEqualTo(32);
        assertThat(model.substreamBits()).isEqualTo(20);
    }

    /** The registers of QEMU 7.2: stage 1, stream tables of two levels, 16 bits of StreamIDs, and nothing else. */
    @Test
    void aPlainUnitHasLittle() {
        Features plain = new Features(0x0d40_101a, 0x0273_0010);
        assertThat(plain.updatesAccessFlag()).isFalse();
        assertThat(plain.updatesDirtyState()).isFalse();
        assertThat(plain.ats()).isFalse();
        assertThat(plain.msi()).isFalse();
        assertThat(plain.pri()).isFalse();
        assertThat(plain.stalls()).isFalse();
        assertThat(plain.twoLevelStreams()).isTrue();
        assertThat(plain.streamBits()).isEqualTo(16);
        assertThat(plain.substreamBits()).isZero();
    }

    @Test
    void eachFieldIsReadByItself() {
        assertThat(new Features(1 << 6, 0).updatesAccessFlag()).isTrue();
        assertThat(new Features(1 << 6, 0).updatesDirtyState()).isFalse();
        assertThat(new Features(1 << 10 | 1 << 24, 0).ats()).isTrue();
        assertThat(new Features(1 << 13, 0).msi()).isTrue();
        assertThat(new Features(1 << 16, 0).pri()).isTrue();
        assertThat(new Features(1 << 24, 0).stalls()).isFalse();
        assertThat(new Features(2 << 24, 0).stalls()).isTrue();
        assertThat(new Features(0, 9 << 6 | 12).substreamBits()).isEqualTo(9);
        assertThat(new Features(0, 9 << 6 | 12).streamBits()).isEqualTo(12);
    }
}
