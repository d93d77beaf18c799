// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

/** What one message says: a record of its own, or a part of one. */
sealed interface Said {
    /** A record of its own. */
    record Whole(Draft draft) implements Said {}

    /** The line that announces an SMMUv3 event, and the unit's name, empty if the line has none. */
    record EventHeader(String unit, int id) implements Said {}

    /** One word of an SMMUv3 event. */
    record EventWord(String unit, long word) implements Said {}

    /** Part of a word of an SMMUv3 event. */
    record CutWord(String unit) implements Said {}

    /** The driver's own words for an SMMUv3 event: which one, of whom, where. */
    record EventNamed(String unit, Draft draft, boolean whole) implements Said {}

    /** The driver's own words for an SMMUv3 event: which access. */
    record EventAccess(
            String unit, long stag, boolean read, boolean privileged, boolean instruction, int stage, boolean stall)
            implements Said {}

    /** Known, and not a fault. */
    record Nothing() implements Said {}
}
