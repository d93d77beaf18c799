// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

import io.pgfault.api.Pasid;

/**
 * A fault recording register, 16 bytes (VT-d 4.1 §11.4.14).
 *
 * <pre>
 *          63                                      12 11                       0
 *        +-------------------------------------------+--------------------------+
 * word 0 |                page address               |           rsvd           |
 *          63   62  61 60 59      40 39    32  31   30   29   28  27  16 15     0
 *        +----+----+-----+----------+--------+----+---+-----+----+------+--------+
 * word 1 |  F | T1 |  AT |   PASID  | reason | PP | X | PRV | T2 | rsvd |   SID  |
 *        +----+----+-----+----------+--------+----+---+-----+----+------+--------+
 * F fault, write 1 to clear; T1, T2 the type: 00 write, 01 page request, 10 read, 11 atomic operation; PP PASID
 * present; X execute, PRV privileged mode requested; SID the requester id
 * </pre>
 */
public final class FaultRecord {
    /** Size in bytes. */
    public static final int SIZE = 16;

    /** Fault, word 1 bit 63: the register holds a record. */
    public static final long FAULT = 1L << 63;

    private static final long READ = 1L << 62;
    private static final int TYPE_SHIFT = 60;
    private static final int PASID_SHIFT = 40;
    private static final int REASON_SHIFT = 32;
    private static final long PASID_PRESENT = 1L << 31;
    private static final long EXECUTE = 1L << 30;
    private static final long PRIVILEGED = 1L << 29;
    private static final long PAGE_REQUEST = 1L << 28;

    private FaultRecord() {}

    /** Whether the register holds a record. */
    public static boolean fault(long word1) {
        return (word1 & FAULT) != 0;
    }

    /** The page address. */
    public static long address(long word0) {
        return word0 & EntryAddress.TABLE;
    }

    /** The requester id. */
    public static int requesterId(long word1) {
        return (int) word1 & 0xffff;
    }

    /** The reason, see {@link FaultReason}. */
    public static int reason(long word1) {
        return (int) (word1 >>> REASON_SHIFT) & 0xff;
    }

    /** Whether the request was a read or an atomic operation. */
    public static boolean read(long word1) {
        return (word1 & READ) != 0;
    }

    /** The request's AT field: 0 untranslated, 1 translation request, 2 translated. */
    public static int addressType(long word1) {
        return (int) (word1 >>> TYPE_SHIFT) & 3;
    }

    /** The PASID, {@link Pasid#NONE} if the request had none. */
    public static int pasidOrNone(long word1) {
        return (word1 & PASID_PRESENT) == 0 ? Pasid.NONE : (int) (word1 >>> PASID_SHIFT) & Pasid.MAX;
    }

    /** Whether the request asked for execute permission. */
    public static boolean execute(long word1) {
        return (word1 & EXECUTE) != 0;
    }

    /** Whether the request was made in privileged mode. */
    public static boolean privileged(long word1) {
        return (word1 & PRIVILEGED) != 0;
    }

    /** Whether the request was a page request. */
    public static boolean pageRequest(long word1) {
        return (word1 & (READ | PAGE_REQUEST)) == PAGE_REQUEST;
    }

    /**
     * Word 1 of a record; word 0 is the page address.
     *
     * @param requesterId 16 bits
     * @param pasid a PASID, or {@link Pasid#NONE}
     * @param reason 8 bits
     * @param read whether the request was a read
     * @param addressType AT, 2 bits
     * @param execute whether the request asked for execute permission
     * @param privileged whether the request was made in privileged mode
     */
    public static long word1(
            int requesterId,
            int pasid,
            int reason,
            boolean read,
            int addressType,
            boolean execute,
            boolean privileged) {
        return FAULT
                | (read ? READ : 0)
                | (addressType & 3L) << TYPE_SHIFT
                | (pasid == Pasid.NONE ? 0 : PASID_PRESENT | (pasid & (long) Pasid.MAX) << PASID_SHIFT)
                | (reason & 0xffL) << REASON_SHIFT
                | (execute ? EXECUTE : 0)
                | (privileged ? PRIVILEGED : 0)
                | (requesterId & 0xffff);
    }

    /**
     * A record as the kernel logs it ({@code dmar_fault_do_one}), so that what reads such logs reads this one; what the
     * reason means is said in words of this project.
     */
    public static String text(long word0, long word1) {
        int pasid = pasidOrNone(word1);
        return "DMAR: [%s %s] Request device [%02x:%02x.%d] fault addr 0x%x [fault reason 0x%02x] %s"
                .formatted(
                        read(word1) ? "DMA Read" : "DMA Write",
                        pasid == Pasid.NONE ? "NO_PASID" : "PASID 0x%x".formatted(pasid),
                        requesterId(word1) >>> 8,
                        requesterId(word1) >>> 3 & 0x1f,
                        requesterId(word1) & 7,
                        address(word0),
                        reason(word1),
                        FaultReason.text(reason(word1)));
    }

    /** Word 1 of the record of a page request; the parameters are those of {@link #word1}. */
    public static long pageRequestWord1(int requesterId, int pasid, int reason, boolean execute, boolean privileged) {
        return word1(requesterId, pasid, reason, false, 0, execute, privileged) | PAGE_REQUEST;
    }
}
