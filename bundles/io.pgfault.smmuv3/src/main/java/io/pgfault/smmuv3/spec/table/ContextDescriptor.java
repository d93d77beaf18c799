// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec.table;

/**
 * A context descriptor, 64 bytes: the first stage of one substream (IHI 0070 F.b §5.4). Words 3 to 7 hold memory
 * attributes and are not looked at by a model without caches.
 *
 * <pre>
 * word 0
 *  63     48 47   46 45 44 43 42 41   40  39   38   37   36  35   34 32
 * +---------+----+--+--+--+--+--+----+---+----+----+----+---+----+-----+
 * |  ASID   |ASET| A| R| S|HA|HD|AA64|PAN|TBI1|TBI0|UWXN|WXN|AFFD| IPS |
 * +---------+----+--+--+--+--+--+----+---+----+----+----+---+----+-----+
 *  31  30  29      24 23 22 21  16  15   14  13       8 7   6 5      0
 * +--+----+----------+-----+------+----+----+----------+-----+--------+
 * | V|EPD1|SH1 OR1 IR1| TG1 | T1SZ |ENDI|EPD0|SH0 OR0 IR0| TG0 |  T0SZ |
 * +--+----+----------+-----+------+----+----+----------+-----+--------+
 * word 1 (TTB0), word 2 (TTB1)
 *  63          52 51                                       4 3  2  1   0
 * +--------------+------------------------------------------+----+---+------+
 * |      0       |                TTB 51:4                  |  0 |HAD|NSCFG |
 * +--------------+------------------------------------------+----+---+------+
 * </pre>
 *
 * @param word0 bytes 7:0
 * @param word1 bytes 15:8
 * @param word2 bytes 23:16
 */
public record ContextDescriptor(long word0, long word1, long word2) {
    /** Size in bytes. */
    public static final int BYTES = 64;

    /** Word 0 bit 14: accesses through TTB0 fault. */
    public static final long EPD0 = 1L << 14;

    /** Word 0 bit 15: tables are big-endian. */
    public static final long ENDI = 1L << 15;

    /** Word 0 bit 30: accesses through TTB1 fault. */
    public static final long EPD1 = 1L << 30;

    /** Word 0 bit 31: valid. */
    public static final long V = 1L << 31;

    /** Word 0 bit 35: a clear access flag doesn't fault. */
    public static final long AFFD = 1L << 35;

    /** Word 0 bit 36: what can be written can't be executed. */
    public static final long WXN = 1L << 36;

    /** Word 0 bit 37: ignored with VMSAv8-64 tables. */
    public static final long UWXN = 1L << 37;

    /** Word 0 bit 38: bits 63:56 of addresses through TTB0 are ignored. */
    public static final long TBI0 = 1L << 38;

    /** Word 0 bit 39: bits 63:56 of addresses through TTB1 are ignored. */
    public static final long TBI1 = 1L << 39;

    /** Word 0 bit 40: privileged data accesses to what unprivileged ones can reach fault. */
    public static final long PAN = 1L << 40;

    /** Word 0 bit 41: the tables are VMSAv8-64. */
    public static final long AA64 = 1L << 41;

    /** Word 0 bit 42: the hardware updates dirty state, if {@link #HA} is set too. */
    public static final long HD = 1L << 42;

    /** Word 0 bit 43: the hardware sets access flags. */
    public static final long HA = 1L << 43;

    /** Word 0 bit 44: faulting transactions stall. */
    public static final long S = 1L << 44;

    /** Word 0 bit 45: faults that don't stall are recorded. */
    public static final long R = 1L << 45;

    /** Word 0 bit 46: a terminated transaction is aborted. */
    public static final long A = 1L << 46;

    /** Word 0 bit 47: the ASID isn't shared with processors. */
    public static final long ASET = 1L << 47;

    /** Words 1 and 2, bit 1: APTable, UXNTable and PXNTable are ignored. */
    public static final long HAD = 1L << 1;

    /** {@link #granule0}: 4 KiB. */
    public static final int TG0_4K = 0b00;

    /** {@link #granule1}: 4 KiB. */
    public static final int TG1_4K = 0b10;

    private static final int SIZE_MASK = 0x3f;
    private static final int T1SZ = 16;
    private static final int TG0 = 6;
    private static final int TG1 = 22;
    private static final int IPS = 32;
    private static final int ASID = 48;
    private static final long ASID_MASK = 0xffff;
    private static final long TTB = 0x000f_ffff_ffff_fff0L;

    /** T0SZ, word 0 bits 5:0: the range of TTB0 has 64 - T0SZ bits. */
    public static int t0sz(long word0) {
        return (int) word0 & SIZE_MASK;
    }

    /** T1SZ, word 0 bits 21:16. */
    public static int t1sz(long word0) {
        return (int) (word0 >>> T1SZ) & SIZE_MASK;
    }

    /** TG0, word 0 bits 7:6. */
    public static int granule0(long word0) {
        return (int) (word0 >>> TG0) & 0b11;
    }

    /** TG1, word 0 bits 23:22; not the encoding of TG0. */
    public static int granule1(long word0) {
        return (int) (word0 >>> TG1) & 0b11;
    }

    /** IPS, word 0 bits 34:32, see {@link AddressSize}. */
    public static int ips(long word0) {
        return (int) (word0 >>> IPS) & 0b111;
    }

    /** The ASID, word 0 bits 63:48, 16 bits. */
    public static int asid(long word0) {
        return (int) (word0 >>> ASID);
    }

    /** TTB0 or TTB1, bits 51:4 of word 1 or 2: a byte address, not aligned to the table's size yet. */
    public static long table(long word) {
        return word & TTB;
    }

    /**
     * Word 0 of a valid descriptor for VMSAv8-64 tables with the 4 KiB granule behind TTB0 alone (EPD1): faults are
     * recorded and abort (A, R).
     *
     * @param bits how many bits the addresses have, 25 to 48
     * @param ips see {@link AddressSize}
     * @param asid 16 bits
     * @param flags other bits, such as {@link #S} and {@link #HA}
     */
    public static long word0(int bits, int ips, int asid, long flags) {
        return (64 - bits & SIZE_MASK)
                | EPD1
                | V
                | (ips & 0b111L) << IPS
                | AA64
                | R
                | A
                | (asid & ASID_MASK) << ASID
                | flags;
    }

    /** The descriptor in words, as a person reads it. */
    @Override
    public String toString() {
        return "CD%s asid %d%s%s%s%s"
                .formatted(
                        (word0 & V) == 0 ? " invalid" : "",
                        asid(word0),
                        (word0 & EPD0) == 0 ? " ttb0 0x%x, %d bits".formatted(table(word1), 64 - t0sz(word0)) : "",
                        (word0 & EPD1) == 0 ? " ttb1 0x%x, %d bits".formatted(table(word2), 64 - t1sz(word0)) : "",
                        (word0 & S) == 0 ? "" : " stalls",
                        (word0 & HA) == 0 ? "" : (word0 & HD) == 0 ? " sets af" : " sets af and dirty state");
    }
}
