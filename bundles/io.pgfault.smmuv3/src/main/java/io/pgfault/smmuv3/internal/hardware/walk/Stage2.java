// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.PageTable;
import io.pgfault.smmuv3.spec.table.AddressSize;
import io.pgfault.smmuv3.spec.table.Descriptor;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;

/**
 * A second stage as a stream table entry configures it, decoded once for all walks (IHI 0070 F.b §5.2). Immutable. The
 * model has the formats that {@link Stage1} names.
 */
public final class Stage2 {
    private static final int T0SZ_MIN = 16;
    private static final int T0SZ_MAX = 39;
    /** Up to 16 starting tables lie one behind the other and are indexed as one (DDI 0487 J.a D8.2.2). */
    private static final int CONCATENATED_BITS = 4;

    private static final int INDEX_BITS = 9;

    private final long word2;
    private final long table;
    private final int inputBits;
    private final int startLevel;
    private final int outputBits;
    private final PageTable object;

    private Stage2(long word2, long word3, PageTable object) {
        this.object = object;
        this.word2 = word2;
        this.inputBits = 64 - StreamTableEntry.s2t0sz(word2);
        this.startLevel = 2 - StreamTableEntry.s2sl0(word2);
        this.outputBits = outputBits(word2);
        int entries = inputBits - Descriptor.shift(startLevel);
        this.table = StreamTableEntry.s2Table(word3) & -(Long.BYTES * (1L << entries));
    }

    /**
     * The second stage of words 2 and 3 of a stream table entry.
     *
     * @return {@code null} if its configuration is ILLEGAL (C_BAD_STE, §5.2.2)
     */
    public static Stage2 of(long word2, long word3) {
        return of(word2, word3, null);
    }

    /**
     * As {@link #of(long, long)}, of a second stage whose page table is an object. The entry says everything but where
     * the table is.
     *
     * @param object {@code null} for tables in memory
     */
    static Stage2 of(long word2, long word3, PageTable object) {
        return legal(word2, word3) ? new Stage2(word2, word3, object) : null;
    }

    private static boolean legal(long word2, long word3) {
        int size = StreamTableEntry.s2t0sz(word2);
        int start = StreamTableEntry.s2sl0(word2);
        return is(word2, StreamTableEntry.S2AA64)
                && !is(word2, StreamTableEntry.S2ENDI)
                && StreamTableEntry.s2tg(word2) == 0
                && StreamTableEntry.s2Table(word3) >>> outputBits(word2) == 0
                && size >= T0SZ_MIN
                && size <= T0SZ_MAX
                && start <= 2
                && consistent(64 - size - Descriptor.shift(2 - start));
    }

    /** Whether the starting level resolves at least one bit, and no more than concatenated tables can. */
    private static boolean consistent(int bits) {
        return bits >= 1 && bits <= INDEX_BITS + CONCATENATED_BITS;
    }

    private static int outputBits(long word2) {
        return Math.min(Stage1.OUTPUT_BITS, AddressSize.bits(StreamTableEntry.s2ps(word2)));
    }

    private static boolean is(long word, long bit) {
        return (word & bit) != 0;
    }

    /** The page table that translates instead of tables in memory; {@code null} if there is none. */
    PageTable object() {
        return object;
    }

    /** Whether the page table is bytes. */
    public boolean isInMemory() {
        return object == null;
    }

    long table() {
        return table;
    }

    int inputBits() {
        return inputBits;
    }

    int startLevel() {
        return startLevel;
    }

    int outputBits() {
        return outputBits;
    }

    boolean setsAccessFlag() {
        return is(word2, StreamTableEntry.S2HA);
    }

    /** S2HD without S2HA is reserved and behaves as neither. */
    boolean setsDirtyState() {
        return is(word2, StreamTableEntry.S2HD) && setsAccessFlag();
    }

    boolean ignoresAccessFlag() {
        return is(word2, StreamTableEntry.S2AFFD);
    }

    /** Whether tables of stage 1 that lie in Device memory fault. */
    boolean protectsWalks() {
        return is(word2, StreamTableEntry.S2PTW);
    }

    /** Whether faults of this stage stall. */
    public boolean stalls() {
        return is(word2, StreamTableEntry.S2S);
    }

    /** Whether faults of this stage that don't stall are recorded. */
    public boolean records() {
        return is(word2, StreamTableEntry.S2R);
    }

    /** The VMID, 16 bits. */
    public int vmid() {
        return StreamTableEntry.vmid(word2);
    }
}
