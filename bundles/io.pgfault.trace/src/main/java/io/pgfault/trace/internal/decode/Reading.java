// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

/**
 * What came of reading a message.
 *
 * @param state how far it got
 * @param said what was certain
 * @param end index behind the message
 */
record Reading(State state, Said said, int end) {
    enum State {
        /** All of it is there. */
        WHOLE,
        /** All of it is there, but its last number stands at the end of the line and may have been cut. */
        OPEN_END,
        /** The text ended before the message did. */
        NEEDS_MORE,
        /** Something else stands where the message should go on. */
        BROKEN
    }

    static Reading of(Scan scan, Said said) {
        State state = !scan.ok()
                ? scan.exhausted() ? State.NEEDS_MORE : State.BROKEN
                : scan.openEnd() ? State.OPEN_END : State.WHOLE;
        return new Reading(state, said, scan.position());
    }

    static Reading of(Scan scan, Draft draft) {
        return of(scan, new Said.Whole(draft));
    }

    boolean whole() {
        return state == State.WHOLE || state == State.OPEN_END;
    }
}
