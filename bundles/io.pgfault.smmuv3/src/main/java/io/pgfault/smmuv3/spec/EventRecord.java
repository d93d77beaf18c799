// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A record of the event queue, 32 bytes (IHI 0070 F.b §7.3).
 *
 * <pre>
 * word 0
 *  63                            32 31                 12  11  10  8 7       0
 * +--------------------------------+---------------------+----+-----+---------+
 * |           StreamID             |     SubstreamID     | SSV|  0  | event id|
 * +--------------------------------+---------------------+----+-----+---------+
 * word 1
 *  63    42 41  40  39  38  36  35   34   33   32   31   30       16 15      0
 * +--------+------+----+------+----+----+----+----+-----+-----------+---------+
 * |   0    | class| S2 |   0  | RnW| InD| PnU|  0 |Stall|     0     |  STAG   |
 * +--------+------+----+------+----+----+----+----+-----+-----------+---------+
 * word 2
 *  63                                                                        0
 * +---------------------------------------------------------------------------+
 * |                               input address                               |
 * +---------------------------------------------------------------------------+
 * word 3
 *  63    52 51                                              12 11            0
 * +--------+--------------------------------------------------+---------------+
 * |   0    |                     IPA 51:12                    |       0       |
 * +--------+--------------------------------------------------+---------------+
 * </pre>
 *
 * That is the form of the four events that can stall (§7.3.13 to §7.3.16). Other events use the same word 0; the
 * meaning of their other words depends on the event. The value keeps all four words as they are.
 *
 * @param word0 bytes 7:0
 * @param word1 bytes 15:8
 * @param word2 bytes 23:16
 * @param word3 bytes 31:24
 */
public record EventRecord(long word0, long word1, long word2, long word3) {
    /** Size in bytes. */
    public static final int BYTES = 32;

    /** {@link #faultClass}: the fault was on the fetch of a context descriptor. */
    public static final int CLASS_CD = 0;

    /** {@link #faultClass}: the fault was on a translation table walk. */
    public static final int CLASS_TT = 1;

    /** {@link #faultClass}: the fault was on the input address. */
    public static final int CLASS_IN = 2;

    private static final int SSV = 11;
    private static final int SUBSTREAM = 12;
    private static final long SUBSTREAM_MASK = 0xfffff;
    private static final int STREAM = 32;
    private static final int STALL = 31;
    private static final int PNU = 33;
    private static final int IND = 34;
    private static final int RNW = 35;
    private static final int S2 = 39;
    private static final int CLASS = 40;

    // Word 0

    /** The event id, word 0 bits 7:0. */
    public static int eventId(long word0) {
        return (int) (word0 & 0xff);
    }

    /** Whether {@link #substreamId} is valid, word 0 bit 11. */
    public static boolean ssv(long word0) {
        return (word0 >>> SSV & 1) != 0;
    }

    /** The SubstreamID, word 0 bits 31:12: the PASID if {@link #ssv}. */
    public static int substreamId(long word0) {
        return (int) (word0 >>> SUBSTREAM & SUBSTREAM_MASK);
    }

    /** The StreamID, word 0 bits 63:32; 32 bits, unsigned. */
    public static int streamId(long word0) {
        return (int) (word0 >>> STREAM);
    }

    /** Word 0 of an event of a transaction without SubstreamID. */
    public static long word0(int eventId, int streamId) {
        return (eventId & 0xffL) | (long) streamId << STREAM;
    }

    /** Word 0 of an event of a transaction with SubstreamID. */
    public static long word0(int eventId, int streamId, int substreamId) {
        return word0(eventId, streamId) | 1L << SSV | (substreamId & SUBSTREAM_MASK) << SUBSTREAM;
    }

    // Word 1

    /** The stall tag, word 1 bits 15:0; meaningful if {@link #stall}. */
    public static int stag(long word1) {
        return (int) (word1 & 0xffff);
    }

    /** Whether the transaction is stalled, word 1 bit 31. */
    public static boolean stall(long word1) {
        return (word1 >>> STALL & 1) != 0;
    }

    /** Whether the access was privileged (PnU), word 1 bit 33. */
    public static boolean privileged(long word1) {
        return (word1 >>> PNU & 1) != 0;
    }

    /** Whether it was an instruction fetch (InD), word 1 bit 34. */
    public static boolean instruction(long word1) {
        return (word1 >>> IND & 1) != 0;
    }

    /** Whether it was a read (RnW), word 1 bit 35; else a write. */
    public static boolean read(long word1) {
        return (word1 >>> RNW & 1) != 0;
    }

    /** Whether the fault was at stage 2, word 1 bit 39. */
    public static boolean stage2(long word1) {
        return (word1 >>> S2 & 1) != 0;
    }

    /** What faulted, word 1 bits 41:40: {@link #CLASS_CD}, {@link #CLASS_TT}, {@link #CLASS_IN}, or 3, reserved. */
    public static int faultClass(long word1) {
        return (int) (word1 >>> CLASS & 0b11);
    }

    /** Word 1 of an event that isn't stalled. */
    public static long word1(boolean read, boolean instruction, boolean privileged, int faultClass) {
        return (privileged ? 1L << PNU : 0)
                | (instruction ? 1L << IND : 0)
                | (read ? 1L << RNW : 0)
                | (faultClass & 0b11L) << CLASS;
    }

    /** Word 1 made the word 1 of an event of stage 2. */
    public static long atStage2(long word1) {
        return word1 | 1L << S2;
    }

    /** Word 1 made the word 1 of a stalled event. */
    public static long stalled(long word1, int stag) {
        return word1 | 1L << STALL | (stag & 0xffffL);
    }

    // Word 3

    /** The intermediate physical address, word 3 bits 51:12, in bytes; meaningful if {@link #stage2}. */
    public static long ipa(long word3) {
        return word3 & 0x000f_ffff_ffff_f000L;
    }

    // The value

    /** Reads the record at {@code offset}, little-endian, and leaves order and position of {@code buffer} alone. */
    public static EventRecord decode(ByteBuffer buffer, int offset) {
        ByteBuffer little = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new EventRecord(
                little.getLong(offset),
                little.getLong(offset + 8),
                little.getLong(offset + 16),
                little.getLong(offset + 24));
    }

    /** Writes the 32 bytes at {@code offset}, little-endian, also in a {@code buffer} of another byte order. */
    public void encode(ByteBuffer buffer, int offset) {
        buffer.duplicate()
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(offset, word0)
                .putLong(offset + 8, word1)
                .putLong(offset + 16, word2)
                .putLong(offset + 24, word3);
    }

    /** The event id. */
    public EventId id() {
        return EventId.of(eventId(word0));
    }

    /** The StreamID, 32 bits, unsigned. */
    public int streamId() {
        return streamId(word0);
    }

    /** Whether {@link #substreamId()} is valid. */
    public boolean ssv() {
        return ssv(word0);
    }

    /** The SubstreamID. */
    public int substreamId() {
        return substreamId(word0);
    }

    /** The stall tag. */
    public int stag() {
        return stag(word1);
    }

    /** Whether the transaction is stalled. */
    public boolean stall() {
        return stall(word1);
    }

    /** The input address, in bytes. */
    public long inputAddress() {
        return word2;
    }

    /** The event in words, as a person reads it. */
    @Override
    public String toString() {
        return "%s stream 0x%x%s 0x%x %s%s%s%s%s"
                .formatted(
                        id(),
                        streamId(),
                        ssv() ? " substream " + substreamId() : "",
                        word2,
                        read(word1) ? "read" : "write",
                        instruction(word1) ? " instruction" : "",
                        privileged(word1) ? " privileged" : "",
                        stage2(word1) ? " stage 2 ipa 0x%x".formatted(ipa(word3)) : "",
                        stall() ? " stalled, tag " + stag() : "");
    }
}
