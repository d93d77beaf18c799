// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.grammar;

import io.pgfault.trace.decode.RecordBuilder;

/** A part of an SMMUv3 event, which the driver prints in up to seven lines (IHI 0070 F.b §7.3). */
@org.osgi.annotation.versioning.ProviderType
public sealed interface EventPart extends ParsedField {
    /** The name of the unit that the line has; empty if the line has none. */
    String unit();

    /**
     * The line that announces an event.
     *
     * @param unit the unit's name; empty if the line has none
     * @param id the event's number, 0 to 255
     */
    record Header(String unit, int id) implements EventPart {}

    /**
     * One word of an event.
     *
     * @param unit the unit's name; empty if the line has none
     * @param word all 64 bits
     */
    record Word(String unit, long word) implements EventPart {}

    /**
     * Part of a word of an event.
     *
     * @param unit the unit's name; empty if the line has none
     */
    record CutWord(String unit) implements EventPart {}

    /**
     * The driver's own words for an event: name, stream and address.
     *
     * @param unit the unit's name; empty if the line has none
     * @param record the fields that the line has
     * @param whole whether the line is all there
     */
    record Named(String unit, RecordBuilder record, boolean whole) implements EventPart {}

    /**
     * The driver's own words for an event's access.
     *
     * @param unit the unit's name; empty if the line has none
     * @param stag the stall tag, 16 bits
     * @param read whether the access is a read
     * @param privileged whether the access is privileged
     * @param instruction whether the access fetches an instruction
     * @param stage the stage of translation, 1 or 2
     * @param stall whether the transaction is stalled
     */
    record Access(
            String unit, long stag, boolean read, boolean privileged, boolean instruction, int stage, boolean stall)
            implements EventPart {}
}
