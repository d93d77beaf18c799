// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.cli.internal.console.BadInput;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a device's id: decimal, hexadecimal with 0x, or a PCI function as bus:device.function. */
public final class RequesterId {
    private static final Pattern FUNCTION = Pattern.compile("([0-9a-fA-F]{1,2}):([01]?[0-9a-fA-F])\\.([0-7])");

    private RequesterId() {}

    public static int parse(String text) throws BadInput {
        Matcher m = FUNCTION.matcher(text);
        if (m.matches()) {
            return Integer.parseInt(m.group(1), 16) << 8
                    | Integer.parseInt(m.group(2), 16) << 3
                    | Integer.parseInt(m.group(3));
        }
        try {
            return text.startsWith("0x")
                    ? Integer.parseUnsignedInt(text.substring(2), 16)
                    : Integer.parseUnsignedInt(text);
        } catch (NumberFormatException e) {
            throw new BadInput(
                    "device id " + text + ": neither a number (hexadecimal with 0x) nor bus:device.function", e);
        }
    }
}
