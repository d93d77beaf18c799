// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the size of memory is written: a number of pages, or bytes with a unit. */
final class FrameBudget {
    /** 64 GiB: what is kept about the frames, 12 bytes each, has to fit the heap. */
    static final int MAX = 1 << 24;

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12}) *([kmg]ib)?");

    private FrameBudget() {}

    /**
     * Reads a size.
     *
     * @return the number of frames, 1 to {@link #MAX}
     * @throws IllegalArgumentException if it is not a size, or not one in that range
     */
    static int parse(String text) {
        Matcher m = SIZE.matcher(text == null ? "" : text.strip().toLowerCase(Locale.ROOT));
        if (m.matches()) {
            long number = Long.parseLong(m.group(1));
            long pages = m.group(2) == null ? number : (number << shift(m.group(2))) >>> Translation.PAGE_SHIFT;
            if (pages >= 1 && pages <= MAX) {
                return (int) pages;
            }
        }
        throw new IllegalArgumentException(
                "frames of io.pgfault.sva.frames: \"%s\" is not a size of memory; write a number of 4 KiB pages from 1 to %d, or bytes such as 256MiB"
                        .formatted(text, MAX));
    }

    private static int shift(String unit) {
        return switch (unit) {
            case "kib" -> 10;
            case "mib" -> 20;
            default -> 30;
        };
    }
}
