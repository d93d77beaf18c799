// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A record of the PRI queue, 16 bytes (IHI 0070 F.b §8.1).
 *
 * <pre>
 * word 0
 *  63   62   61  60  59   58  57     52 51            32 31                  0
 * +----+----+---+---+---+----+---------+----------------+---------------------+
 * | SSV|Last| W | R | X |Priv|    0    |  SubstreamID   |      StreamID       |
 * +----+----+---+---+---+----+---------+----------------+---------------------+
 * word 1
 *  63                                                12 11   9 8            0
 * +----------------------------------------------------+------+--------------+
 * |                 page address 63:12                 |   0  |  PRG index   |
 * +----------------------------------------------------+------+--------------+
 * </pre>
 *
 * @param word0 bytes 7:0
 * @param word1 bytes 15:8
 */
public record PriRecord(long word0, long word1) {
    /** Size in bytes. */
    public static final int BYTES = 16;

    /** Largest PRG index: 9 bits. */
    public static final int PRG_INDEX_MAX = 0x1ff;

    private static final int SUBSTREAM = 32;
    private static final long SUBSTREAM_MASK = 0xfffff;
    private static final int PRIV = 58;
    private static final int EXEC = 59;
    private static final int READ = 60;
    private static final int WRITE = 61;
    private static final int LAST = 62;
    private static final int SSV = 63;

    // Word 0

    /** The StreamID, word 0 bits 31:0; unsigned. */
    public static int streamId(long word0) {
        return (int) word0;
    }

    /** The SubstreamID, word 0 bits 51:32: the PASID if {@link #ssv}. */
    public static int substreamId(long word0) {
        return (int) (word0 >>> SUBSTREAM & SUBSTREAM_MASK);
    }

    /** Whether the access is privileged, word 0 bit 58. */
    public static boolean privileged(long word0) {
        return (word0 >>> PRIV & 1) != 0;
    }

    /** Whether execute is requested, word 0 bit 59. */
    public static boolean execute(long word0) {
        return (word0 >>> EXEC & 1) != 0;
    }

    /** Whether read is requested, word 0 bit 60. */
    public static boolean read(long word0) {
        return (word0 >>> READ & 1) != 0;
    }

    /** Whether write is requested, word 0 bit 61. */
    public static boolean write(long word0) {
        return (word0 >>> WRITE & 1) != 0;
    }

    /** Whether this request is the last of its group, word 0 bit 62. */
    public static boolean last(long word0) {
        return (word0 >>> LAST & 1) != 0;
    }

    /** Whether {@link #substreamId} is valid, word 0 bit 63. */
    public static boolean ssv(long word0) {
        return word0 < 0;
    }

    /** Whether it is a PASID stop marker: Last and SSV set, W and R clear (rule A06). */
    public static boolean stopMarker(long word0) {
        long relevant = 1L << SSV | 1L << LAST | 1L << WRITE | 1L << READ;
        return (word0 & relevant) == (1L << SSV | 1L << LAST);
    }

    /** Word 0 of a request without SubstreamID. */
    public static long word0(
            int streamId, boolean read, boolean write, boolean execute, boolean privileged, boolean last) {
        return (streamId & 0xffff_ffffL)
                | (privileged ? 1L << PRIV : 0)
                | (execute ? 1L << EXEC : 0)
                | (read ? 1L << READ : 0)
                | (write ? 1L << WRITE : 0)
                | (last ? 1L << LAST : 0);
    }

    /** Word 0 made the word 0 of a request with SubstreamID. */
    public static long withSubstream(long word0, int substreamId) {
        return word0 | 1L << SSV | (substreamId & SUBSTREAM_MASK) << SUBSTREAM;
    }

    // Word 1

    /** The page request group index, word 1 bits 8:0. */
    public static int prgIndex(long word1) {
        return (int) (word1 & PRG_INDEX_MAX);
    }

    /** The page's address in bytes, word 1 bits 63:12. */
    public static long pageAddress(long word1) {
        return word1 & ~0xfffL;
    }

    /** Word 1; bits 11:0 of the address are ignored. */
    public static long word1(int prgIndex, long address) {
        return (address & ~0xfffL) | (prgIndex & PRG_INDEX_MAX);
    }

    // The value

    /** Reads the record at {@code offset}, little-endian, and leaves order and position of {@code buffer} alone. */
    public static PriRecord decode(ByteBuffer buffer, int offset) {
        ByteBuffer little = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new PriRecord(little.getLong(offset), little.getLong(offset + 8));
    }

    /** Writes the 16 bytes at {@code offset}, little-endian, also in a {@code buffer} of another byte order. */
    public void encode(ByteBuffer buffer, int offset) {
        buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).putLong(offset, word0).putLong(offset + 8, word1);
    }

    /** The StreamID, unsigned. */
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

    /** Whether this request is the last of its group. */
    public boolean last() {
        return last(word0);
    }

    /** The page request group index. */
    public int prgIndex() {
        return prgIndex(word1);
    }

    /** The page's address in bytes. */
    public long pageAddress() {
        return pageAddress(word1);
    }

    /** The request in words, as a person reads it. */
    @Override
    public String toString() {
        return "%s stream 0x%x%s group %d 0x%x %s%s%s%s%s"
                .formatted(
                        stopMarker(word0) ? "stop marker" : "page request",
                        streamId(),
                        ssv() ? " substream " + substreamId() : "",
                        prgIndex(),
                        pageAddress(),
                        read(word0) ? "r" : "-",
                        write(word0) ? "w" : "-",
                        execute(word0) ? "x" : "-",
                        privileged(word0) ? "p" : "-",
                        last() ? " last" : "");
    }
}
