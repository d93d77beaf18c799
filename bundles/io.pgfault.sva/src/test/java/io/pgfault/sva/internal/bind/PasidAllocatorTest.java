// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pgfault.api.Pasid;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class PasidAllocatorTest {
    private final PasidAllocator pasids = new PasidAllocator();

    @Test
    void s01_givesOutEveryPasidButZeroOnceAndSaysWhenNoneIsLeft() {
        BitSet given = new BitSet();
        for (int i = 0; i < Pasid.MAX; i++) {
            given.set(pasids.allocate());
        }
        assertThat(given.cardinality()).isEqualTo(Pasid.MAX);
        assertThat(given.get(0)).isFalse();
        assertThat(given.length()).isEqualTo(Pasid.MAX + 1);
        assertThatIllegalStateException()
                .isThrownBy(pasids::allocate)
                .withMessageContaining("no PASID is left")
                .withMessageContaining("close the bindings");
        assertThat(pasids.claim(0)).isTrue();

        pasids.release(12_345);
        assertThat(pasids.allocate()).isEqualTo(12_345);
        assertThatIllegalStateException().isThrownBy(pasids::allocate);
        pasids.release(0);
        assertThatIllegalStateException().isThrownBy(pasids::allocate);
    }

    @Test
    void s01_aClaimedPasidIsNotGivenOut() {
        assertThat(pasids.claim(1)).isTrue();
        assertThat(pasids.claim(2)).isTrue();
        assertThat(pasids.claim(2)).isFalse();
        assertThat(pasids.allocate()).isEqualTo(3);
        pasids.release(2);
        assertThat(pasids.allocate()).isEqualTo(2);
        assertThat(pasids.allocate()).isEqualTo(4);
    }
}
