// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.nest.Smmuv3Invalidation;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands name every page of the range (IHI 0070 F.b §4.5.1: an aligned block of 2^Size pages). */
class StreamInvalidationTest {
    @ParameterizedTest
    @CsvSource({"0x1000,0x1fff", "0x1000,0x2fff", "0x3000,0x8fff", "0x7ffffffff000,0x800000000fff", "0,0xffff"})
    void n03_theBlockHoldsTheRange(String first, String last) {
        long from = Long.decode(first);
        long to = Long.decode(last);
        List<Smmuv3Invalidation> commands = StreamInvalidation.commands(5, from, to, false);
        Smmuv3Invalidation atc = commands.get(commands.size() - 1);
        long block = 4096L << (atc.word1() & 0x3f);
        long start = atc.word1() & -4096L;
        assertThat(start % block).isZero();
        assertThat(from).isBetween(start, start + block - 1);
        assertThat(to).isBetween(start, start + block - 1);
        // The smallest such block: half of it does not hold the range.
        assertThat(block == 4096 || (from & -(block / 2)) != (to & -(block / 2)))
                .isTrue();
        assertThat(atc.word0()).isEqualTo(0x40 | 1 << 11 | 5 << 12);
        assertThat(commands.get(0)).isEqualTo(new Smmuv3Invalidation(0x10, 0));
    }
}
