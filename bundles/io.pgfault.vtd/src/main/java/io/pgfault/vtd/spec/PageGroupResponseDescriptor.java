// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import java.util.Optional;

/**
 * A page group response descriptor, 32 bytes: software's answer to a group, submitted to the invalidation queue (VT-d
 * 4.1 §7.7.1).
 *
 * <pre>
 *          63 52   51  32   31         16   15 12   11   9   8  5   4    3    0
 *        +-------+--------+---------------+-------+--------+------+----+--------+
 * word 0 |  rsvd | PASID  |  requester id |  code | type=0 | rsvd | PP | type=9 |
 *          63                     12   11                          3   2   1  0
 *        +---------------------------+-------------------------------+---+------+
 * word 1 |            rsvd           |           PRG index           | L | rsvd |
 *          63                                                                 0
 *        +----------------------------------------------------------------------+
 * word 2 |        private data of the request, low word, zero if absent         |
 *          63                                                                 0
 *        +----------------------------------------------------------------------+
 * word 3 |        private data of the request, high word, zero if absent        |
 *        +----------------------------------------------------------------------+
 * PP PASID present, L last in group
 * </pre>
 *
 * <p>Revision 3.0 has the bit <em>last in group</em>, and Linux sets it ({@code QI_PGRP_LPIG}); a response is always
 * for a closed group, so hardware ignores the bit. {@link #word1} leaves it clear.
 */
public final class PageGroupResponseDescriptor {
    /** Size in bytes. */
    public static final int SIZE = 32;

    /** Value of the type field. */
    public static final int TYPE = 9;

    /** Response code: the pages are there. */
    public static final int SUCCESS = 0x0;

    /** Response code: at least one page can't be granted. */
    public static final int INVALID_REQUEST = 0x1;

    /** Response code: the host failed. */
    public static final int RESPONSE_FAILURE = 0xf;

    /** Reserved bits of word 0. */
    public static final long RESERVED_0 = 0xfff0_0000_0000_01e0L;

    /** Reserved bits of word 1. */
    public static final long RESERVED_1 = 0xffff_ffff_ffff_f003L;

    private static final long PASID_PRESENT = 1L << 4;
    private static final int CODE_SHIFT = 12;
    private static final int REQUESTER_ID_SHIFT = 16;
    private static final int PASID_SHIFT = 32;
    private static final int PRG_INDEX_SHIFT = 3;

    private PageGroupResponseDescriptor() {}

    /** PASID present, word 0 bit 4. */
    public static boolean pasidPresent(long word0) {
        return (word0 & PASID_PRESENT) != 0;
    }

    /** Response code, word 0 bits 15:12. */
    public static int code(long word0) {
        return (int) (word0 >>> CODE_SHIFT) & 0xf;
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

    /** Page request group index, word 1 bits 11:3. */
    public static int prgIndex(long word1) {
        return (int) (word1 >>> PRG_INDEX_SHIFT) & PageRequestDescriptor.PRG_INDEX_MAX;
    }

    /**
     * Word 0 of a descriptor.
     *
     * @param requesterId 16 bits
     * @param pasid 20 bits, or {@link Pasid#NONE}
     * @param code 4 bits, see {@link #wire}
     */
    public static long word0(int requesterId, int pasid, int code) {
        return TYPE
                | (pasid == Pasid.NONE ? 0 : PASID_PRESENT | ((pasid & (long) Pasid.MAX) << PASID_SHIFT))
                | ((code & 0xfL) << CODE_SHIFT)
                | ((requesterId & 0xffffL) << REQUESTER_ID_SHIFT);
    }

    /**
     * Word 1 of a descriptor.
     *
     * @param prgIndex 9 bits
     */
    public static long word1(int prgIndex) {
        return (prgIndex & (long) PageRequestDescriptor.PRG_INDEX_MAX) << PRG_INDEX_SHIFT;
    }

    /** The response code's four bits. */
    public static int wire(ResponseCode code) {
        return switch (code) {
            case SUCCESS -> SUCCESS;
            case INVALID -> INVALID_REQUEST;
            case FAILURE -> RESPONSE_FAILURE;
        };
    }

    /** What four bits of response code mean; empty for the values 2 to 14, which are reserved. */
    public static Optional<ResponseCode> response(int wire) {
        return switch (wire) {
            case SUCCESS -> Optional.of(ResponseCode.SUCCESS);
            case INVALID_REQUEST -> Optional.of(ResponseCode.INVALID);
            case RESPONSE_FAILURE -> Optional.of(ResponseCode.FAILURE);
            default -> Optional.empty();
        };
    }
}
