// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How people write the id of a device: a PCI requester id (16 bits; PCIe 6.0 §2.2.6.2: bus in bits 15:8, device in bits
 * 7:3, function in bits 2:0) or an SMMUv3 StreamID (up to 32 bits; IHI 0070 F.b §3.2). Any thread.
 */
public final class RequesterId {
    private static final Pattern BUS_DEVICE_FUNCTION =
            Pattern.compile("([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})\\.([0-7])");
    private static final Pattern HEXADECIMAL = Pattern.compile("0[xX]([0-9a-fA-F]{1,8})");
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,10}");
    private static final int DEVICES = 32;
    private static final long MAX = 0xffff_ffffL;

    private RequesterId() {}

    /**
     * Reads an id: decimal, hexadecimal after {@code 0x}, or {@code bus:device.function} with all three hexadecimal.
     * Spaces around the id are ignored.
     *
     * @return the id, 32 bits unsigned
     * @throws IllegalArgumentException if the text is none of these; the message says what is allowed
     */
    public static int parse(String text) {
        String id = text.strip();
        Matcher m = BUS_DEVICE_FUNCTION.matcher(id);
        if (m.matches()) {
            int device = Integer.parseInt(m.group(2), 16);
            if (device < DEVICES) {
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

    /**
     * Returns an id as {@code bus:device.function} if the id has 16 bits, else as a hexadecimal number with {@code 0x}.
     */
    public static String format(int id) {
        return id >>> 16 == 0
                ? "%02x:%02x.%x".formatted(id >>> 8, id >>> 3 & DEVICES - 1, id & 7)
                : "0x%x".formatted(id);
    }
}
