// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

/**
 * The commands that make a unit forget what it has cached of configuration (IHI 0070 F.b §4.3) and of translations
 * (§4.4), and a device what it has cached (§4.5.1), bit by bit. Range invalidation (IDR3.RIL) is not among them.
 *
 * <pre>
 * CMD_CFGI_CD 0x05 (§4.3.3); CMD_CFGI_STE 0x03 and CMD_CFGI_CD_ALL 0x06 without SubstreamID
 *  63                            32 31                 12 11         8 7       0
 * +--------------------------------+---------------------+------------+---------+
 * |           StreamID             |     SubstreamID     |     0      |  0x05   |
 * +--------------------------------+---------------------+------------+---------+
 *  63                                                                    1   0
 * +------------------------------------------------------------------------+----+
 * |                                   0                                    |Leaf|
 * +------------------------------------------------------------------------+----+
 *
 * CMD_CFGI_STE_RANGE 0x04 (§4.3.2); Range 31: CMD_CFGI_ALL
 *  63                            32 31                               8 7       0
 * +--------------------------------+----------------------------------+---------+
 * |           StreamID             |                 0                |  0x04   |
 * +--------------------------------+----------------------------------+---------+
 *  63                                                            5 4           0
 * +---------------------------------------------------------------+-------------+
 * |                               0                               |    Range    |
 * +---------------------------------------------------------------+-------------+
 *
 * CMD_TLBI_NH_VA 0x12 (§4.4.2); the others with the fields that they have
 *  63            48 47           32 31                               8 7       0
 * +----------------+---------------+----------------------------------+---------+
 * |      ASID      |     VMID      |                 0                |  0x12   |
 * +----------------+---------------+----------------------------------+---------+
 *  63                                                    12 11           1   0
 * +--------------------------------------------------------+---------------+----+
 * |                     Address 63:12                      |       0       |Leaf|
 * +--------------------------------------------------------+---------------+----+
 *
 * CMD_ATC_INV 0x40 (§4.5.1)
 *  63                            32 31             12   11   10     9      8  7    0
 * +--------------------------------+-----------------+-----+----+--------+---+------+
 * |            StreamID            |   SubstreamID   | SSV | 0  | Global | 0 | 0x40 |
 * +--------------------------------+-----------------+-----+----+--------+---+------+
 *  63                                              12 11         6 5           0
 * +--------------------------------------------------+------------+-------------+
 * |                  Address 63:12                   |     0      |    Size     |
 * +--------------------------------------------------+------------+-------------+
 * </pre>
 */
public final class CacheCommand {
    /** Opcode: a stream table entry, and every context descriptor that was found through it. */
    public static final int CFGI_STE = 0x03;

    /** Opcode: an aligned power of two of stream table entries; with {@link #RANGE_ALL}, CMD_CFGI_ALL. */
    public static final int CFGI_STE_RANGE = 0x04;

    /** Opcode: one context descriptor. */
    public static final int CFGI_CD = 0x05;

    /** Opcode: every context descriptor of a stream. */
    public static final int CFGI_CD_ALL = 0x06;

    /** Opcode: translations of stage 1 of a VMID. */
    public static final int TLBI_NH_ALL = 0x10;

    /** Opcode: translations of an ASID. */
    public static final int TLBI_NH_ASID = 0x11;

    /** Opcode: translations of one address of an ASID. */
    public static final int TLBI_NH_VA = 0x12;

    /** Opcode: translations of one address, of every ASID. */
    public static final int TLBI_NH_VAA = 0x13;

    /** Opcode: translations of both stages of a VMID. */
    public static final int TLBI_S12_VMALL = 0x28;

    /** Opcode: translations of stage 2 of one intermediate address; not those of both stages together. */
    public static final int TLBI_S2_IPA = 0x2a;

    /** Opcode: all translations. */
    public static final int TLBI_NSNH_ALL = 0x30;

    /** Opcode: what a device has cached. */
    public static final int ATC_INV = 0x40;

    /** CMD_CFGI_STE_RANGE: {@link #range} of CMD_CFGI_ALL, every stream. */
    public static final int RANGE_ALL = 31;

    /** CMD_ATC_INV: {@link #size} of the whole address space. */
    public static final int SIZE_ALL = 52;

    private static final int UPPER = 32;
    private static final int SUBSTREAM = 12;
    private static final long SUBSTREAM_MASK = 0xfffff;
    private static final int ASID = 48;
    private static final int SSV = 11;
    private static final int GLOBAL = 9;
    private static final long PAGE = -0x1000L;
    private static final long HALF = 0xffff;

    private CacheCommand() {}

    /** Whether an opcode is one of this class. */
    public static boolean isCommand(int opcode) {
        return switch (opcode) {
            case CFGI_STE,
                    CFGI_STE_RANGE,
                    CFGI_CD,
                    CFGI_CD_ALL,
                    TLBI_NH_ALL,
                    TLBI_NH_ASID,
                    TLBI_NH_VA,
                    TLBI_NH_VAA,
                    TLBI_S12_VMALL,
                    TLBI_S2_IPA,
                    TLBI_NSNH_ALL,
                    ATC_INV -> true;
            default -> false;
        };
    }

    // CFGI

    /** Word 0 of CFGI_STE, CFGI_STE_RANGE, CFGI_CD_ALL. */
    public static long stream0(int opcode, int streamId) {
        return opcode | (long) streamId << UPPER;
    }

    /** Word 0 of CFGI_CD. */
    public static long descriptor0(int streamId, int substreamId) {
        return stream0(CFGI_CD, streamId) | (substreamId & SUBSTREAM_MASK) << SUBSTREAM;
    }

    /** CFGI_STE_RANGE: word 1 bits 4:0; 2^(range+1) entries from an aligned StreamID on. */
    public static int range(long word1) {
        return (int) word1 & 0x1f;
    }

    // TLBI

    /** Word 0 of every TLBI; a command without ASID or VMID has 0 there. */
    public static long translations0(int opcode, int vmid, int asid) {
        return opcode | (vmid & HALF) << UPPER | (asid & HALF) << ASID;
    }

    /** TLBI: the VMID, word 0 bits 47:32. */
    public static int vmid(long word0) {
        return (int) (word0 >>> UPPER & HALF);
    }

    /** TLBI: the ASID, word 0 bits 63:48. */
    public static int asid(long word0) {
        return (int) (word0 >>> ASID);
    }

    /** Word 0 of a TLBI with another VMID. */
    public static long withVmid(long word0, int vmid) {
        return (word0 & ~(HALF << UPPER)) | (vmid & HALF) << UPPER;
    }

    /** TLBI_NH_VA, _NH_VAA, _S2_IPA, ATC_INV: the address in word 1, bits 63:12. */
    public static long address(long word1) {
        return word1 & PAGE;
    }

    /** Word 1 of TLBI_NH_VA, _NH_VAA, _S2_IPA: bits 11:0 of the address are ignored; last-level entries alone. */
    public static long leaf1(long address) {
        return (address & PAGE) | 1;
    }

    // ATC_INV

    /** ATC_INV: whether the SubstreamID is valid, word 0 bit 11. */
    public static boolean ssv(long word0) {
        return (word0 >>> SSV & 1) != 0;
    }

    /** ATC_INV, CFGI_CD: the SubstreamID, word 0 bits 31:12. */
    public static int substreamId(long word0) {
        return (int) (word0 >>> SUBSTREAM & SUBSTREAM_MASK);
    }

    /** ATC_INV: whether every SubstreamID is meant, word 0 bit 9. */
    public static boolean global(long word0) {
        return (word0 >>> GLOBAL & 1) != 0;
    }

    /** ATC_INV: log2 of the pages of 4 KiB, word 1 bits 5:0; {@link #SIZE_ALL} and more for everything. */
    public static int size(long word1) {
        return (int) word1 & 0x3f;
    }

    /** ATC_INV: the address of the first byte, aligned to the size. */
    public static long first(long word1) {
        return size(word1) >= SIZE_ALL ? 0 : address(word1) & PAGE << size(word1);
    }

    /** ATC_INV: the address of the last byte. */
    public static long last(long word1) {
        return size(word1) >= SIZE_ALL ? -1 : first(word1) - (PAGE << size(word1)) - 1;
    }

    // In words

    /** A command of this class in words, as a person reads it. */
    public static String describe(long word0, long word1) {
        int opcode = Command.opcode(word0);
        int stream = Command.streamId(word0);
        return switch (opcode) {
            case CFGI_STE -> "CMD_CFGI_STE stream 0x%x".formatted(stream);
            case CFGI_STE_RANGE ->
                range(word1) == RANGE_ALL
                        ? "CMD_CFGI_ALL"
                        : "CMD_CFGI_STE_RANGE stream 0x%x, 2^%d".formatted(stream, range(word1) + 1);
            case CFGI_CD -> "CMD_CFGI_CD stream 0x%x substream %d".formatted(stream, substreamId(word0));
            case CFGI_CD_ALL -> "CMD_CFGI_CD_ALL stream 0x%x".formatted(stream);
            case TLBI_NH_ALL -> "CMD_TLBI_NH_ALL vmid %d".formatted(vmid(word0));
            case TLBI_NH_ASID -> "CMD_TLBI_NH_ASID vmid %d asid %d".formatted(vmid(word0), asid(word0));
            case TLBI_NH_VA ->
                "CMD_TLBI_NH_VA vmid %d asid %d 0x%x".formatted(vmid(word0), asid(word0), address(word1));
            case TLBI_NH_VAA -> "CMD_TLBI_NH_VAA vmid %d 0x%x".formatted(vmid(word0), address(word1));
            case TLBI_S12_VMALL -> "CMD_TLBI_S12_VMALL vmid %d".formatted(vmid(word0));
            case TLBI_S2_IPA -> "CMD_TLBI_S2_IPA vmid %d 0x%x".formatted(vmid(word0), address(word1));
            case TLBI_NSNH_ALL -> "CMD_TLBI_NSNH_ALL";
            default ->
                "CMD_ATC_INV stream 0x%x%s 0x%x to 0x%x"
                        .formatted(
                                stream,
                                !ssv(word0)
                                        ? ""
                                        : global(word0) ? " all substreams" : " substream " + substreamId(word0),
                                first(word1),
                                last(word1));
        };
    }
}
