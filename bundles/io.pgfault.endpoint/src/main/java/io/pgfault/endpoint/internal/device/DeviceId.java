// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses and prints requester ids (16 bits) and StreamIDs (32 bits). */
public final class DeviceId {
    private static final Pattern BUS_DEVICE_FUNCTION =
            Pattern.compile("([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})\\.([0-7])");
    private static final Pattern HEXADECIMAL = Pattern.compile("0[xX]([0-9a-fA-F]{1,8})");
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,10}");
    private static final long MAX = 0xffff_ffffL;

    private DeviceId() {}

    /**
     * Reads an id: decimal, hexadecimal after {@code 0x}, or PCI {@code bus:device.function} (hexadecimal; bus in bits
     * 15:8, device in bits 7:3, function in bits 2:0).
     *
     * @return the id, 32 bits unsigned
     * @throws IllegalArgumentException if the text is in none of these forms
     */
    public static int parse(String text) {
        String id = text.strip();
        Matcher m = BUS_DEVICE_FUNCTION.matcher(id);
        if (m.matches()) {
            int device = Integer.parseInt(m.group(2), 16);
            if (device < 32) {
                return Integer.parseInt(m.group(1), 16) << 8 | device << 3 | Integer.parseInt(m.group(3));
            }
        }
        m = HEXADECIMAL.matcher(id);
        if (m.matches()) {
            return Integer.parseUnsignedInt(m.group(1), 16);
        }
        if (DECIMAL.matcher(id).matches() && Long.parseLong(id) <= MAX) {
            return Integer.parseUnsignedInt(id);
        }
        throw new IllegalArgumentException("not a device id: \"" + text
                + "\"; write a decimal number or 0x and a hexadecimal one, both up to 32 bits, or PCI"
                + " bus:device.function such as 00:02.0 (device up to 1f, function up to 7)");
    }

    /** Prints an id: as {@code bus:device.function} if the id fits 16 bits, and as a hexadecimal number. */
    public static String toString(int id) {
        return id >>> 16 == 0
                ? "%02x:%02x.%x (0x%x)".formatted(id >>> 8, id >>> 3 & 0x1f, id & 7, id)
                : "0x%x".formatted(id);
    }
}
