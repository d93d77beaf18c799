// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

/** Names of PCI functions: {@code bus:device.function}, with the segment before it or not. */
public final class PciFunction {
    /** Length of a name without segment: {@code 02:00.0}. */
    public static final int SHORT = 7;

    /** Length of a name with segment: {@code 0000:02:00.0}. */
    public static final int LONG = 12;

    private static final int SEGMENT = LONG - SHORT;

    private PciFunction() {}

    /** The name of a requester id, without segment. */
    public static String name(int requesterId) {
        return name(requesterId >> 8 & 0xff, requesterId >> 3 & 0x1f, requesterId & 7);
    }

    public static String name(int bus, int device, int function) {
        char[] text = {
            Character.forDigit(bus >> 4, 16),
            Character.forDigit(bus & 0xf, 16),
            ':',
            Character.forDigit(device >> 4, 16),
            Character.forDigit(device & 0xf, 16),
            '.',
            Character.forDigit(function, 8)
        };
        return new String(text);
    }

    /** Whether this part of the text is such a name. */
    public static boolean named(String text, int from, int to) {
        int at = from;
        if (to - from == LONG) {
            if (!hex(text, at, 4) || text.charAt(at + 4) != ':') {
                return false;
            }
            at += SEGMENT;
        }
        return to - at == SHORT
                && hex(text, at, 2)
                && text.charAt(at + 2) == ':'
                && hex(text, at + 3, 2)
                && text.charAt(at + 5) == '.'
                && text.charAt(at + 6) >= '0'
                && text.charAt(at + 6) <= '7';
    }

    private static boolean hex(String text, int from, int digits) {
        for (int i = from; i < from + digits; i++) {
            if (Characters.hexDigit(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }
}
