// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongPredicate;
import java.util.function.LongToIntFunction;

/** Checks where a field lies by setting every one of the 64 bits in turn. */
final class Bits {
    private Bits() {}

    /** The field has its lowest bit at {@code low}, its highest at {@code high}, and no other bit changes it. */
    static void assertField(LongToIntFunction field, int low, int high) {
        for (int bit = 0; bit < Long.SIZE; bit++) {
            int expected = bit < low || bit > high ? 0 : 1 << (bit - low);
            assertThat(field.applyAsInt(1L << bit)).as("bit %d alone", bit).isEqualTo(expected);
            int inverse = bit < low || bit > high ? ones(high - low + 1) : ones(high - low + 1) & ~(1 << (bit - low));
            assertThat(field.applyAsInt(~(1L << bit))).as("all but bit %d", bit).isEqualTo(inverse);
        }
    }

    /** The flag is that one bit. */
    static void assertFlag(LongPredicate flag, int position) {
        assertField(word -> flag.test(word) ? 1 : 0, position, position);
    }

    private static int ones(int width) {
        return width == Integer.SIZE ? -1 : (1 << width) - 1;
    }
}
