// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

/**
 * When a line was logged, as far as the line says so.
 *
 * @param clock what the time is counted from
 * @param micros microseconds: since the machine's start, or since 1970-01-01 00:00 of the log's own time zone; a line
 *     without a year counts as of 1972
 * @param text the time as the line has it, without brackets
 */
public record LogTime(Clock clock, long micros, String text) {
    /** What times are counted from. Times of different clocks can't be compared. */
    public enum Clock {
        /** The machine's start: the kernel's own time stamps. */
        BOOT,
        /** A date and a time of day, in the time zone of the log. */
        WALL
    }
}
