// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.frame;

import io.pgfault.api.Translation;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a size of memory as configuration writes it: a number of 4 KiB pages, or bytes with KiB, MiB or GiB. */
public final class FrameBudget {
    /** The most frames: 64 GiB. The allocator keeps 12 bytes for each frame on the heap. */
    public static final int MAX = 1 << 24;

    /** The size that memory has unless configuration says otherwise. */
    public static final String DEFAULT = "256MiB";

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12}) *([kmg]ib)?");

    private FrameBudget() {}

    /**
     * Reads a size.
     *
     * @return the number of frames, 1 to {@link #MAX}
     * @throws IllegalArgumentException if the text is no size, or a size out of that range; the message says what to
     *     write
     */
    public static int parse(String text) {
        Matcher m = SIZE.matcher(text == null ? "" : text.strip().toLowerCase(Locale.ROOT));
        if (m.matches()) {
            long number = Long.parseLong(m.group(1));
            long pages = m.group(2) == null ? number : (number << shift(m.group(2))) >>> Translation.PAGE_SHIFT;
            if (pages >= 1 && pages <= MAX) {
                return (int) pages;
            }
        }
        throw new IllegalArgumentException(
                "frames of io.pgfault.sva.frames: \"%s\" is no size of memory; write a number of 4 KiB pages from 1"
                                .formatted(text)
                        + " to %d, or bytes such as 256MiB".formatted(MAX));
    }

    private static int shift(String unit) {
        return switch (unit) {
            case "kib" -> 10;
            case "mib" -> 20;
            default -> 30;
        };
    }
}
