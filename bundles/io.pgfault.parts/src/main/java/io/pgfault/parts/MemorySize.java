// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a size of memory: a number of 4 KiB pages, or a number with KiB, MiB or GiB in any case. Any thread. */
public final class MemorySize {
    /** Nine digits: a number of GiB with nine digits is less than 2^63 bytes. */
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9}) *([kmg]ib)?");

    private MemorySize() {}

    /**
     * Reads a size. A part of a page at the end doesn't count.
     *
     * @param text the size, with or without blanks around it; null is no size
     * @return the number of pages of 4 KiB; empty if the text is no size
     */
    public static OptionalLong pages(String text) {
        Matcher m = SIZE.matcher(text == null ? "" : text.strip().toLowerCase(Locale.ROOT));
        if (!m.matches()) {
            return OptionalLong.empty();
        }
        long number = Long.parseLong(m.group(1));
        return OptionalLong.of(m.group(2) == null ? number : (number << shift(m.group(2))) >>> 12);
    }

    private static int shift(String unit) {
        return switch (unit) {
            case "kib" -> 10;
            case "mib" -> 20;
            default -> 30;
        };
    }
}
