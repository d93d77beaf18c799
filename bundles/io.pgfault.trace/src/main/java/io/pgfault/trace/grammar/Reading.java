// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.grammar;

import io.pgfault.trace.decode.RecordBuilder;

/**
 * What came of reading a message.
 *
 * @param state how far the reading got
 * @param said what was certain
 * @param end index behind the message
 */
public record Reading(State state, ParsedField said, int end) {
    /** How far the reading of a message got. */
    public enum State {
        /** All of the message is there. */
        WHOLE,
        /** All of the message is there, but its last number stands at the end of the line and may have been cut. */
        OPEN_END,
        /** The text ended before the message did. */
        NEEDS_MORE,
        /** Another text stands where the message should go on. */
        BROKEN
    }

    /** The state of the scanner, with what the message said. */
    public static Reading of(MessageScanner scan, ParsedField said) {
        State state = !scan.ok()
                ? scan.exhausted() ? State.NEEDS_MORE : State.BROKEN
                : scan.openEnd() ? State.OPEN_END : State.WHOLE;
        return new Reading(state, said, scan.position());
    }

    /** The state of the scanner, with a record of its own. */
    public static Reading of(MessageScanner scan, RecordBuilder record) {
        return of(scan, new ParsedField.Whole(record));
    }

    /** Whether all of the message is there. */
    public boolean whole() {
        return state == State.WHOLE || state == State.OPEN_END;
    }
}
