// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import java.util.List;

/** The messages of one kind of IOMMU, in the forms that kernels have printed them. */
interface Grammar {
    /** Words of {@value Needles#LENGTH} characters. Every message has one of them; other text rarely has. */
    List<String> needles();

    /** Where the message starts that has one of the needles at {@code needle}; -1 if it is no message. */
    int start(String text, int needle);

    /** Reads the message that starts at {@code start}; what stands before it may name the device. */
    Reading read(String text, int start);

    /** {@code start} if this word stands there, else -1. */
    static int startOf(String text, int start, String word) {
        return start >= 0 && text.startsWith(word, start) ? start : -1;
    }
}
