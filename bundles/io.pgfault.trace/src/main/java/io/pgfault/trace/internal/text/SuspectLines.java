// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Looks at lines with a word that only IOMMUs have, in a log that gave no record so far. The reading thread alone uses
 * it.
 */
final class SuspectLines {
    private static final int LIMIT = 100_000;
    private static final int LENGTH = 1_000;

    /** The words that only IOMMUs have. */
    static final List<String> WORDS = List.of(
            "iommu ", "iommu:", "iommu_", "IOMMU ", "IOMMU:", "sysmmu", ".smmu:", " smmu:", "-smmu ", "smmu-v",
            "SMMUv3", "AMD-Vi", "DMAR: ", "T-D]DM", "VT-d d", "vtd_io", "e-dart", "-iommu");

    private final UndecodedLines undecoded;
    private long seen;
    private long latest = -1;

    SuspectLines(UndecodedLines undecoded) {
        this.undecoded = undecoded;
    }

    /** Whether more lines are wanted. */
    boolean wanted() {
        return seen < LIMIT;
    }

    /** A line with one of the words, and its number. */
    void line(long number, byte[] block, int start, int end) {
        if (number == latest) {
            return;
        }
        latest = number;
        seen++;
        int length = Math.min(end - start, LENGTH);
        undecoded.suspect(number, new String(block, start, length, StandardCharsets.UTF_8));
    }
}
