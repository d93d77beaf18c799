// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A page request descriptor, 32 bytes: what the hardware writes into the page request queue (VT-d 4.1 §7.5).
 *
 * <pre>
 *          63 54   53   52   51  32   31         16   15 10    9    8    7    0
 *        +-------+----+----+--------+---------------+-------+-----+----+--------+
 * word 0 |  rsvd | P  | X  | PASID  |  requester id |  rsvd | PDP | PP | type=1 |
 *          63                           12   11                   3   2   1   0
 *        +---------------------------------+------------------------+---+---+---+
 * word 1 |        page address 63:12       |       PRG index        | L | W | R |
 *          63                                                                 0
 *        +----------------------------------------------------------------------+
 * word 2 |                    private data, low word, if PDP                    |
 *          63                                                                 0
 *        +----------------------------------------------------------------------+
 * word 3 |                   private data, high word, if PDP                    |
 *        +----------------------------------------------------------------------+
 * PP PASID present, PDP private data present, X execute requested, P privileged mode requested,
 * L last in group, W write requested, R read requested
 * </pre>
 */
public final class PageRequestDescriptor {
    /** Size in bytes. */
    public static final int SIZE = 32;

    /** Value of the type field. */
    public static final int TYPE = 1;

    /** The largest page request group index: 9 bits. */
    public static final int PRG_INDEX_MAX = 0x1ff;

    /** Reserved bits of word 0. Words 1 to 3 have none. */
    public static final long RESERVED_0 = 0xffc0_0000_0000_fc00L;

    private static final long PASID_PRESENT = 1L << 8;
    private static final long PRIVATE_DATA_PRESENT = 1L << 9;
    private static final int REQUESTER_ID_SHIFT = 16;
    private static final int PASID_SHIFT = 32;
    private static final long EXECUTE_REQUESTED = 1L << 52;
    private static final long PRIVILEGED_MODE_REQUESTED = 1L << 53;
    private static final long READ = 1L << 0;
    private static final long WRITE = 1L << 1;
    private static final long LAST = 1L << 2;
    private static final int PRG_INDEX_SHIFT = 3;
    private static final long ADDRESS = -1L << 12;

    private PageRequestDescriptor() {}

    /** Type, word 0 bits 7:0. */
    public static int type(long word0) {
        return (int) (word0 & 0xff);
    }

    /** PASID present, word 0 bit 8. */
    public static boolean pasidPresent(long word0) {
        return (word0 & PASID_PRESENT) != 0;
    }

    /** Private data present, word 0 bit 9. */
    public static boolean privateDataPresent(long word0) {
        return (word0 & PRIVATE_DATA_PRESENT) != 0;
    }

    /** Requester id, word 0 bits 31:16. */
    public static int requesterId(long word0) {
        return (int) (word0 >>> REQUESTER_ID_SHIFT) & 0xffff;
    }

    /** The PASID field, word 0 bits 51:32, whether or not it is present. */
    public static int pasid(long word0) {
        return (int) (word0 >>> PASID_SHIFT) & Pasid.MAX;
    }

    /** The PASID if it is present, else {@link Pasid#NONE}. */
    public static int pasidOrNone(long word0) {
        return pasidPresent(word0) ? pasid(word0) : Pasid.NONE;
    }

    /** Execute requested, word 0 bit 52. */
    public static boolean executeRequested(long word0) {
        return (word0 & EXECUTE_REQUESTED) != 0;
    }

    /** Privileged mode requested, word 0 bit 53. */
    public static boolean privilegedModeRequested(long word0) {
        return (word0 & PRIVILEGED_MODE_REQUESTED) != 0;
    }

    /** Read requested, word 1 bit 0. */
    public static boolean read(long word1) {
        return (word1 & READ) != 0;
    }

    /** Write requested, word 1 bit 1. */
    public static boolean write(long word1) {
        return (word1 & WRITE) != 0;
    }

    /** Last in group, word 1 bit 2. */
    public static boolean last(long word1) {
        return (word1 & LAST) != 0;
    }

    /** Page request group index, word 1 bits 11:3. */
    public static int prgIndex(long word1) {
        return (int) (word1 >>> PRG_INDEX_SHIFT) & PRG_INDEX_MAX;
    }

    /** Address of the page's first byte, word 1 bits 63:12. */
    public static long address(long word1) {
        return word1 & ADDRESS;
    }

    /** Last in group and neither read nor write: a PASID stop marker, which is no request and has no response. */
    public static boolean isStopMarker(long word1) {
        return (word1 & (READ | WRITE | LAST)) == LAST;
    }

    /** The four access bits as bits of {@code io.pgfault.api.Permissions}. */
    public static int permissions(long word0, long word1) {
        return (int) (word1 & (READ | WRITE)) | ((int) (word0 >>> 50) & 0b1100);
    }

    /** The flags of {@link PageRequest}: a response needs the PASID exactly if the request has one. */
    public static int flags(long word0, long word1) {
        return (pasidPresent(word0) ? PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID : 0)
                | (last(word1) ? PageRequest.LAST_PAGE : 0);
    }

    /**
     * Word 0 of a descriptor.
     *
     * @param requesterId 16 bits
     * @param pasid 20 bits, or {@link Pasid#NONE}
     */
    public static long word0(
            int requesterId,
            int pasid,
            boolean executeRequested,
            boolean privilegedModeRequested,
            boolean privateDataPresent) {
        return TYPE
                | (pasid == Pasid.NONE ? 0 : PASID_PRESENT | ((pasid & (long) Pasid.MAX) << PASID_SHIFT))
                | (privateDataPresent ? PRIVATE_DATA_PRESENT : 0)
                | ((requesterId & 0xffffL) << REQUESTER_ID_SHIFT)
                | (executeRequested ? EXECUTE_REQUESTED : 0)
                | (privilegedModeRequested ? PRIVILEGED_MODE_REQUESTED : 0);
    }

    /**
     * Word 1 of a descriptor.
     *
     * @param prgIndex 9 bits
     * @param address bits 11:0 are ignored
     */
    public static long word1(boolean read, boolean write, boolean last, int prgIndex, long address) {
        return (address & ADDRESS)
                | ((prgIndex & (long) PRG_INDEX_MAX) << PRG_INDEX_SHIFT)
                | (last ? LAST : 0)
                | (write ? WRITE : 0)
                | (read ? READ : 0);
    }

    /**
     * Writes a descriptor, little-endian, also in a buffer of another order.
     *
     * @param offset index of its first byte; the buffer's position is neither used nor moved
     */
    public static void encode(ByteBuffer buffer, int offset, long word0, long word1, long word2, long word3) {
        Words.put(buffer, offset, word0, word1, word2, word3);
    }

    /**
     * Reads one of a descriptor's words, little-endian, also in a buffer of another order.
     *
     * @param offset index of the descriptor's first byte; the buffer's position is neither used nor moved
     * @param word 0 to 3
     */
    public static long word(ByteBuffer buffer, int offset, int word) {
        return Words.get(buffer, offset, word);
    }

    /** The descriptor at {@code offset} as a value; the requester id is not part of it. Not for hot paths. */
    public static PageRequest request(ByteBuffer buffer, int offset) {
        ByteBuffer words = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long word0 = words.getLong(offset);
        long word1 = words.getLong(offset + 8);
        boolean privateData = privateDataPresent(word0);
        return new PageRequest(
                flags(word0, word1),
                pasid(word0),
                prgIndex(word1),
                permissions(word0, word1),
                address(word1),
                privateData ? words.getLong(offset + 16) : 0,
                privateData ? words.getLong(offset + 24) : 0);
    }

    /**
     * Writes a value as a descriptor: what {@link #request} reads, with private data present if it is not zero.
     *
     * @param requesterId 16 bits
     */
    public static void encode(ByteBuffer buffer, int offset, int requesterId, PageRequest request) {
        int permissions = request.permissions();
        encode(
                buffer,
                offset,
                word0(
                        requesterId,
                        request.pasidValid() ? request.pasid() : Pasid.NONE,
                        (permissions & 0b0100) != 0,
                        (permissions & 0b1000) != 0,
                        (request.private0() | request.private1()) != 0),
                word1(
                        (permissions & 0b0001) != 0,
                        (permissions & 0b0010) != 0,
                        request.lastPage(),
                        request.groupId(),
                        request.address()),
                request.private0(),
                request.private1());
    }
}
