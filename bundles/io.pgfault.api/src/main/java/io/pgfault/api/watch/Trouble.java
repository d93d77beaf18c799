// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

/**
 * Something that an operator should look at.
 *
 * @param kind what is wrong
 * @param subject where: a device as unit, slash, name; or a unit; or a kind of domain
 * @param count how many groups, requests or overflows; for a kind that {@link Kind#isNow} how many there are now, else
 *     how many there were so far
 * @param text one line for people: what is wrong, where, and what to do
 */
public record Trouble(Kind kind, String subject, long count, String text) {
    /** What can be wrong. Constants may be added. */
    public enum Kind {
        /** Groups are older than half of the deadline. */
        STUCK_GROUPS(true),
        /** A domain is attached, and no handler serves its kind. */
        HANDLER_MISSING(true),
        /** A domain is attached whose faults a program outside answers, and none is connected: {@link DomainClient}. */
        CLIENT_GONE(true),
        /** Groups were answered INVALID at their deadline (rule C11). */
        DEADLINES_MISSED(false),
        /** Requests or groups went beyond a bound of the core (rule C15). */
        BOUND_REACHED(false),
        /** A unit's hardware queue overflowed (rule C14). */
        QUEUE_OVERFLOWED(false);

        private final boolean now;

        Kind(boolean now) {
            this.now = now;
        }

        /** Whether the trouble is there now; if not, it happened since the device or unit was made known. */
        public boolean isNow() {
            return now;
        }
    }
}
