// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec.table;

/** Sizes of addresses as CD.IPS and STE.S2PS encode them, in three bits (IHI 0070 F.b §5.2, §5.4). */
public final class AddressSize {
    private static final int[] BITS = {32, 36, 40, 42, 44, 48, 52, 52};

    private AddressSize() {}

    /**
     * The address bits that a code stands for; 0b111 is reserved and behaves as 0b110.
     *
     * @param code 0 to 7
     */
    public static int bits(int code) {
        return BITS[code];
    }

    /**
     * The smallest code for addresses of so many bits.
     *
     * @param bits up to 52
     */
    public static int code(int bits) {
        int code = 0;
        while (BITS[code] < bits) {
            code++;
        }
        return code;
    }
}
