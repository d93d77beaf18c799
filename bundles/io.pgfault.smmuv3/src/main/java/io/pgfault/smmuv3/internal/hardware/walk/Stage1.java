// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.smmuv3.spec.table.AddressSize;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.smmuv3.spec.table.Descriptor;

/**
 * A first stage as a context descriptor configures it, decoded once for all walks (IHI 0070 F.b §5.4). Immutable.
 *
 * <p>The model has VMSAv8-64 tables with the 4 KiB granule, little-endian, addresses of 25 to 48 bits, and hardware
 * update of access flags and dirty state (IDR0.TTF 0b10, TTENDIAN 0b10, HTTU 0b10, ASID16 1, TERM_MODEL 1; IDR3.HAD 1,
 * STT 0; IDR5.VAX 0, OAS 0b101).
 */
public final class Stage1 {
    /** Bits of the unit's output addresses. */
    public static final int OUTPUT_BITS = 48;

    private static final int TXSZ_MIN = 16;
    private static final int TXSZ_MAX = 39;

    private final long word0;
    private final long table0;
    private final long table1;
    private final boolean hierarchy0;
    private final boolean hierarchy1;
    private final int outputBits;

    private Stage1(long word0, long word1, long word2) {
        this.word0 = word0;
        this.outputBits = outputBits(word0);
        this.table0 = align(ContextDescriptor.table(word1), 64 - ContextDescriptor.t0sz(word0));
        this.table1 = align(ContextDescriptor.table(word2), 64 - ContextDescriptor.t1sz(word0));
        this.hierarchy0 = (word1 & ContextDescriptor.HAD) == 0;
        this.hierarchy1 = (word2 & ContextDescriptor.HAD) == 0;
    }

    /**
     * The first stage of the first three words of a context descriptor.
     *
     * @param stallDisabled STE.S1STALLD
     * @return {@code null} if the descriptor is invalid or ILLEGAL (C_BAD_CD, §5.4.2)
     */
    public static Stage1 of(long word0, long word1, long word2, boolean stallDisabled) {
        return legal(word0, word1, word2, stallDisabled) ? new Stage1(word0, word1, word2) : null;
    }

    private static boolean legal(long word0, long word1, long word2, boolean stallDisabled) {
        boolean off0 = is(word0, ContextDescriptor.EPD0);
        boolean off1 = is(word0, ContextDescriptor.EPD1);
        return is(word0, ContextDescriptor.V)
                && is(word0, ContextDescriptor.AA64)
                // TERM_MODEL is 1: there is no termination but abort.
                && is(word0, ContextDescriptor.A)
                && !(stallDisabled && is(word0, ContextDescriptor.S))
                && ((off0 && off1) || !is(word0, ContextDescriptor.ENDI))
                && (off0
                        || legal(
                                word0,
                                word1,
                                ContextDescriptor.t0sz(word0),
                                ContextDescriptor.granule0(word0) == ContextDescriptor.TG0_4K))
                && (off1
                        || legal(
                                word0,
                                word2,
                                ContextDescriptor.t1sz(word0),
                                ContextDescriptor.granule1(word0) == ContextDescriptor.TG1_4K));
    }

    private static boolean legal(long word0, long table, int size, boolean granule) {
        return granule
                && size >= TXSZ_MIN
                && size <= TXSZ_MAX
                && ContextDescriptor.table(table) >>> outputBits(word0) == 0;
    }

    private static int outputBits(long word0) {
        return Math.min(OUTPUT_BITS, AddressSize.bits(ContextDescriptor.ips(word0)));
    }

    private static boolean is(long word, long bit) {
        return (word & bit) != 0;
    }

    /** A starting table is aligned to its size; the bits below are taken for zeros. */
    private static long align(long table, int bits) {
        int entries = bits - Descriptor.shift(startLevel(bits));
        return table & -(Long.BYTES * (1L << Math.max(entries, 0)));
    }

    /** The level at which a walk of so many address bits starts. */
    static int startLevel(int bits) {
        return bits > Descriptor.shift(0) ? 0 : bits > Descriptor.shift(1) ? 1 : 2;
    }

    /**
     * How many bits of an address the tables resolve.
     *
     * @param high whether TTB1 is used, which bit 55 of the address says
     * @return 0 if the address is outside the range, or walks through that table are disabled
     */
    int inputBits(long address, boolean high) {
        if (is(word0, high ? ContextDescriptor.EPD1 : ContextDescriptor.EPD0)) {
            return 0;
        }
        int bits = 64 - (high ? ContextDescriptor.t1sz(word0) : ContextDescriptor.t0sz(word0));
        long signed = is(word0, high ? ContextDescriptor.TBI1 : ContextDescriptor.TBI0) ? address << 8 >> 8 : address;
        return signed >> bits == (high ? -1 : 0) ? bits : 0;
    }

    long table(boolean high) {
        return high ? table1 : table0;
    }

    /** Whether table descriptors limit what is below them. */
    boolean hierarchy(boolean high) {
        return high ? hierarchy1 : hierarchy0;
    }

    int outputBits() {
        return outputBits;
    }

    boolean setsAccessFlag() {
        return is(word0, ContextDescriptor.HA);
    }

    /** HD without HA is reserved and behaves as neither. */
    boolean setsDirtyState() {
        return is(word0, ContextDescriptor.HD) && setsAccessFlag();
    }

    /** Whether a clear access flag that the hardware doesn't set is no fault. */
    boolean ignoresAccessFlag() {
        return is(word0, ContextDescriptor.AFFD);
    }

    boolean writableNeverExecutes() {
        return is(word0, ContextDescriptor.WXN);
    }

    boolean privilegedNeverReachesUser() {
        return is(word0, ContextDescriptor.PAN);
    }

    /** Whether faults of this stage stall. */
    public boolean stalls() {
        return is(word0, ContextDescriptor.S);
    }

    /** Whether faults of this stage that don't stall are recorded. */
    public boolean records() {
        return is(word0, ContextDescriptor.R);
    }

    /** The ASID, 16 bits. */
    public int asid() {
        return ContextDescriptor.asid(word0);
    }
}
