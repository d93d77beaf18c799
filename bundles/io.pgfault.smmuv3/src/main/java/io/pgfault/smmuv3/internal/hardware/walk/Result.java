// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.Permissions;
import io.pgfault.smmuv3.spec.EventId;

/**
 * What a walk of translation tables found, in a {@code long}, so that a walk allocates nothing.
 *
 * <pre>
 * translation
 *  63 62     52 51                                    12 11       6 5     3 2     0
 * +--+---------+----------------------------------------+----------+-------+-------+
 * | 0|    0    |    address of the 4 KiB page 51:12     |log2(size)|priv xwr|user xwr|
 * +--+---------+----------------------------------------+----------+-------+-------+
 * fault
 *  63 62 61 60   58 57 56 55 52 51                                       3 2      0
 * +--+--+--+-------+-----+------+------------------------------------------+--------+
 * | 1| 0|S2| level |class|   0  |  IPA 51:12, or fetch address 51:3        | event  |
 * +--+--+--+-------+-----+------+------------------------------------------+--------+
 * </pre>
 *
 * <p>The size is that of the smallest block or page on the way. The event is 1 to 4 for F_TRANSLATION, F_ADDR_SIZE,
 * F_ACCESS, F_PERMISSION, and 5 for F_WALK_EABT; class is the class of event records (IHI 0070 F.b §7.3.12, §7.3.13).
 */
public final class Result {
    static final int TRANSLATION = 1;
    static final int ADDR_SIZE = 2;
    static final int ACCESS = 3;
    static final int PERMISSION = 4;
    static final int WALK_EABT = 5;

    private static final int[] EVENTS = {
        0,
        EventId.F_TRANSLATION.value(),
        EventId.F_ADDR_SIZE.value(),
        EventId.F_ACCESS.value(),
        EventId.F_PERMISSION.value(),
        EventId.F_WALK_EABT.value(),
        0,
        0
    };

    private static final long FAULT = 1L << 63;
    private static final long STAGE_2 = 1L << 61;
    private static final int LEVEL = 58;
    private static final int CLASS = 56;
    private static final long PAGE = 0x000f_ffff_ffff_f000L;
    private static final long FETCH = 0x000f_ffff_ffff_fff8L;
    private static final int SIZE = 6;
    private static final int SIZE_MASK = 0x3f;
    private static final int PRIVILEGED = 3;
    private static final int PERMISSIONS = 0b111;
    private static final long BOTH = 0x3f;

    private Result() {}

    // Translations

    /** Whether the walk found no translation. */
    public static boolean fault(long result) {
        return result < 0;
    }

    /** A translation; {@code permissions}: bits 2:0 unprivileged, 5:3 privileged. */
    static long translation(long address, int log2, int permissions) {
        return (address & PAGE) | (long) log2 << SIZE | permissions;
    }

    /** The address of the 4 KiB page. */
    public static long address(long result) {
        return result & PAGE;
    }

    /** Log2 of the bytes of the smallest block or page on the way: 12, 21 or 30. */
    public static int log2(long result) {
        return (int) (result >>> SIZE) & SIZE_MASK;
    }

    /** What the translation grants, bits of {@link Permissions} without PRIV, to accesses of that privilege. */
    public static int permissions(long result, boolean privileged) {
        return (int) (result >>> (privileged ? PRIVILEGED : 0)) & PERMISSIONS;
    }

    /** Bits 5:0 of a translation. */
    static int bothPermissions(long result) {
        return (int) (result & BOTH);
    }

    /** Whether the translation grants all of an access, whose PRIV bit says its privilege. */
    public static boolean grants(long result, int access) {
        int asked = access & PERMISSIONS;
        return (permissions(result, (access & Permissions.PRIV) != 0) & asked) == asked;
    }

    // Faults

    static long fault(int event, boolean stage2, int level, int faultClass, long address) {
        return FAULT
                | (stage2 ? STAGE_2 : 0)
                | (long) level << LEVEL
                | (long) faultClass << CLASS
                | (address & (event == WALK_EABT ? FETCH : PAGE))
                | event;
    }

    /** The number of the event, see {@link EventId}. */
    public static int event(long fault) {
        return EVENTS[(int) fault & 0b111];
    }

    /** Whether the fault was at stage 2. */
    public static boolean stage2(long fault) {
        return (fault & STAGE_2) != 0;
    }

    /** The level of the descriptor at which the walk ended, 0 to 3; the starting level if it fetched none. */
    public static int level(long fault) {
        return (int) (fault >>> LEVEL) & 0b111;
    }

    /** The class of the event: CD, TT or IN, see {@code EventRecord}. */
    public static int faultClass(long fault) {
        return (int) (fault >>> CLASS) & 0b11;
    }

    /**
     * The intermediate physical address of the page that stage 2 failed on, or with F_WALK_EABT the physical address of
     * the descriptor that there is no memory for; else 0. It is word 3 of the event record.
     */
    public static long address3(long fault) {
        return fault & ((fault & 0b111) == WALK_EABT ? FETCH : PAGE);
    }
}
