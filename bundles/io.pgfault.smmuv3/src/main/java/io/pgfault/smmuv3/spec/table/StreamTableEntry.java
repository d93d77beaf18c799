// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec.table;

/**
 * A stream table entry, 64 bytes: which stages translate a stream, and where their tables are (IHI 0070 F.b §5.2).
 * Words 4 to 7 belong to the secure second stage and to features that the model doesn't have.
 *
 * <pre>
 * word 0
 *  63    59 58  56 55                                     6 5     4 3      1 0
 * +--------+------+-----------------------------------------+-------+--------+-+
 * | S1CDMax|  0   |           S1ContextPtr 55:6             | S1Fmt | Config |V|
 * +--------+------+-----------------------------------------+-------+--------+-+
 * word 1 (fields that the model reads)
 *  51     50 49     48      31  30 29  28    27          7 6  5 4  3 2  1 0
 * +---------+---------+ ... +-----+-----+--------+ ... +----+----+----+------+
 * | INSTCFG | PRIVCFG |     | STRW| EATS|S1STALLD|     | CSH| COR| CIR| S1DSS|
 * +---------+---------+ ... +-----+-----+--------+ ... +----+----+----+------+
 * word 2
 *  58  57  56   55   54    53     52     51   50  48 47 46 45      40 39 38 37   32 31  16 15   0
 * +---+---+----+----+-----+------+------+------+-----+----+----------+-----+-------+------+------+
 * |S2R|S2S|S2HA|S2HD|S2PTW|S2AFFD|S2ENDI|S2AA64| S2PS|S2TG|SH0 OR0 IR0|S2SL0|S2T0SZ |  0   |S2VMID|
 * +---+---+----+----+-----+------+------+------+-----+----+----------+-----+-------+------+------+
 * word 3: S2TTB 51:4
 * </pre>
 *
 * @param word0 bytes 7:0
 * @param word1 bytes 15:8
 * @param word2 bytes 23:16
 * @param word3 bytes 31:24
 */
public record StreamTableEntry(long word0, long word1, long word2, long word3) {
    /** Size in bytes. */
    public static final int BYTES = 64;

    /** Word 0 bit 0: valid. */
    public static final long V = 1L << 0;

    /** {@link #config}: transactions are aborted, without an event. */
    public static final int ABORT = 0b000;

    /** {@link #config}: neither stage translates. */
    public static final int BYPASS = 0b100;

    /** {@link #config}: stage 1 translates. */
    public static final int STAGE_1 = 0b101;

    /** {@link #config}: stage 2 translates. */
    public static final int STAGE_2 = 0b110;

    /** {@link #config}: stage 1 translates, then stage 2. */
    public static final int NESTED = 0b111;

    /** {@link #format}: one table of context descriptors. */
    public static final int LINEAR = 0b00;

    /** {@link #format}: two levels, second-level tables of 4 KiB with 64 context descriptors. */
    public static final int TWO_LEVEL_4K = 0b01;

    /** {@link #format}: two levels, second-level tables of 64 KiB with 1024 context descriptors. */
    public static final int TWO_LEVEL_64K = 0b10;

    /** {@link #s1dss}: transactions without SubstreamID are terminated. */
    public static final int DSS_TERMINATE = 0b00;

    /** {@link #s1dss}: transactions without SubstreamID bypass stage 1. */
    public static final int DSS_BYPASS = 0b01;

    /** {@link #s1dss}: transactions without SubstreamID use the context descriptor of substream 0. */
    public static final int DSS_SUBSTREAM_0 = 0b10;

    /** {@link #eats}: no ATS. */
    public static final int EATS_NONE = 0b00;

    /** {@link #eats}: translation requests are translated by all stages. */
    public static final int EATS_FULL = 0b01;

    /** {@link #eats}: translation requests are translated by stage 1 alone. */
    public static final int EATS_SPLIT = 0b10;

    /** Word 1 bit 27: a context descriptor can't have its stream stall. */
    public static final long S1STALLD = 1L << 27;

    /** Word 2 bit 51: stage 2 tables are VMSAv8-64. */
    public static final long S2AA64 = 1L << 51;

    /** Word 2 bit 52: stage 2 tables are big-endian. */
    public static final long S2ENDI = 1L << 52;

    /** Word 2 bit 53: a clear access flag of stage 2 doesn't fault. */
    public static final long S2AFFD = 1L << 53;

    /** Word 2 bit 54: tables of stage 1 in Device memory fault. */
    public static final long S2PTW = 1L << 54;

    /** Word 2 bit 55: the hardware updates dirty state of stage 2, if {@link #S2HA} is set too. */
    public static final long S2HD = 1L << 55;

    /** Word 2 bit 56: the hardware sets access flags of stage 2. */
    public static final long S2HA = 1L << 56;

    /** Word 2 bit 57: transactions that fault in stage 2 stall. */
    public static final long S2S = 1L << 57;

    /** Word 2 bit 58: stage 2 faults that don't stall are recorded. */
    public static final long S2R = 1L << 58;

    private static final int CDMAX = 59;
    private static final long CONTEXT = 0x00ff_ffff_ffff_ffc0L;
    private static final int FORMAT = 4;
    private static final int EATS = 28;
    private static final int PRIVCFG = 48;
    private static final int INSTCFG = 50;
    private static final int T0SZ = 32;
    private static final int SL0 = 38;
    private static final int TG = 46;
    private static final int PS = 48;
    private static final long TTB = 0x000f_ffff_ffff_fff0L;

    // Word 0

    /** Config, word 0 bits 3:1. 0b001 to 0b011 behave as {@link #ABORT}. */
    public static int config(long word0) {
        return (int) (word0 >>> 1) & 0b111;
    }

    /** S1Fmt, word 0 bits 5:4; 0b11 is reserved and behaves as {@link #LINEAR}. */
    public static int format(long word0) {
        return (int) (word0 >>> FORMAT) & 0b11;
    }

    /** S1ContextPtr, word 0 bits 55:6, a byte address: physical, or intermediate if stage 2 translates. */
    public static long contextPointer(long word0) {
        return word0 & CONTEXT;
    }

    /** S1CDMax, word 0 bits 63:59: there are 2^S1CDMax context descriptors; 0: substreams are off. */
    public static int s1cdMax(long word0) {
        return (int) (word0 >>> CDMAX);
    }

    /** Word 0 of a valid entry. */
    public static long word0(int config, int format, long contextPointer, int s1cdMax) {
        return V
                | (config & 0b111L) << 1
                | (format & 0b11L) << FORMAT
                | (contextPointer & CONTEXT)
                | (long) s1cdMax << CDMAX;
    }

    // Word 1

    /** S1DSS, word 1 bits 1:0; 0b11 is reserved and behaves as {@link #DSS_TERMINATE}. */
    public static int s1dss(long word1) {
        return (int) word1 & 0b11;
    }

    /** EATS, word 1 bits 29:28; 0b11 is reserved and behaves as {@link #EATS_NONE}. */
    public static int eats(long word1) {
        return (int) (word1 >>> EATS) & 0b11;
    }

    /** PRIVCFG, word 1 bits 49:48: 0b10 makes every access unprivileged, 0b11 privileged. */
    public static int privcfg(long word1) {
        return (int) (word1 >>> PRIVCFG) & 0b11;
    }

    /** INSTCFG, word 1 bits 51:50: 0b10 makes every read a data read, 0b11 an instruction fetch. */
    public static int instcfg(long word1) {
        return (int) (word1 >>> INSTCFG) & 0b11;
    }

    /** Word 1 with these two fields; all other bits are zero. */
    public static long word1(int s1dss, int eats) {
        return (s1dss & 0b11) | (eats & 0b11L) << EATS;
    }

    // Words 2 and 3

    /** S2VMID, word 2 bits 15:0. */
    public static int vmid(long word2) {
        return (int) word2 & 0xffff;
    }

    /** S2T0SZ, word 2 bits 37:32: intermediate addresses have 64 - S2T0SZ bits. */
    public static int s2t0sz(long word2) {
        return (int) (word2 >>> T0SZ) & 0x3f;
    }

    /** S2SL0, word 2 bits 39:38: the walk starts at level 2 - S2SL0 (4 KiB granule); 3 is reserved. */
    public static int s2sl0(long word2) {
        return (int) (word2 >>> SL0) & 0b11;
    }

    /** S2TG, word 2 bits 47:46: 0 is 4 KiB. */
    public static int s2tg(long word2) {
        return (int) (word2 >>> TG) & 0b11;
    }

    /** S2PS, word 2 bits 50:48, see {@link AddressSize}. */
    public static int s2ps(long word2) {
        return (int) (word2 >>> PS) & 0b111;
    }

    /**
     * Word 2 for VMSAv8-64 tables with the 4 KiB granule; faults are recorded (S2R).
     *
     * @param bits how many bits intermediate addresses have, 25 to 48
     * @param startLevel 0 to 2
     * @param ps see {@link AddressSize}
     * @param flags other bits, such as {@link #S2S} and {@link #S2HA}
     */
    public static long word2(int vmid, int bits, int startLevel, int ps, long flags) {
        return (vmid & 0xffffL)
                | (64L - bits & 0x3f) << T0SZ
                | (2L - startLevel & 0b11) << SL0
                | (ps & 0b111L) << PS
                | S2AA64
                | S2R
                | flags;
    }

    /** S2TTB, word 3 bits 51:4: a byte address, not aligned to the table's size yet. */
    public static long s2Table(long word3) {
        return word3 & TTB;
    }

    /** The entry in words, as a person reads it. */
    @Override
    public String toString() {
        return "STE%s %s contexts 0x%x (2^%d)"
                .formatted(
                        (word0 & V) == 0 ? " invalid" : "",
                        switch (config(word0)) {
                            case BYPASS -> "bypass";
                            case STAGE_1 -> "stage 1";
                            case STAGE_2 -> "stage 2";
                            case NESTED -> "nested";
                            default -> "abort";
                        },
                        contextPointer(word0),
                        s1cdMax(word0));
    }
}
