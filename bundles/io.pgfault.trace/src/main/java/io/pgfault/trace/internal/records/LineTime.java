// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.records;

import io.pgfault.trace.decode.LogTime;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the time stamps that kernels and loggers put before messages. A date goes before a time since the start. */
final class LineTime {
    private static final int HEAD = 160;
    private static final int DATE = 11;
    private static final int MONTH_AND_DAY = 14;
    private static final int NO_YEAR = 1972;
    private static final long MICROS = 1_000_000;
    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

    private static final Pattern JOURNAL = Pattern.compile("\"__REALTIME_TIMESTAMP\"\\s*:\\s*\"(\\d{13,17})\"");
    private static final Pattern ISO =
            Pattern.compile("\\b(\\d{4})-(\\d\\d)-(\\d\\d)[T ](\\d\\d):(\\d\\d):(\\d\\d)(?:[.,](\\d{1,9}))?");
    private static final Pattern SYSLOG = Pattern.compile(
            "(?i)\\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\\w{0,6}\\.? +(\\d{1,2}) (\\d\\d):(\\d\\d):(\\d\\d)"
                    + "(?:\\.(\\d{1,9}))?(?: (\\d{4})\\b)?");
    private static final Pattern BOOT = Pattern.compile("\\[ *(\\d{1,9})\\.(\\d{3,9})\\]");
    private static final Pattern TRACE = Pattern.compile("(?:^|\\s)(\\d{1,9})\\.(\\d{6}):");
    private static final Pattern KMSG = Pattern.compile("^\\d{1,3},\\d+,(\\d{1,15}),[^;]{0,40};");

    private LineTime() {}

    /** The time of a line; empty if the line has none. */
    static Optional<LogTime> of(String line) {
        if (line.startsWith("{")) {
            Matcher m = JOURNAL.matcher(line);
            if (m.find()) {
                long micros = Long.parseLong(m.group(1));
                LocalDateTime at = LocalDateTime.ofEpochSecond(micros / MICROS, 0, ZoneOffset.UTC);
                return Optional.of(new LogTime(LogTime.Clock.WALL, micros, at + "Z"));
            }
        }
        String head = line.length() > HEAD ? line.substring(0, HEAD) : line;
        int clock = clock(head);
        if (clock >= 0) {
            Matcher m = ISO.matcher(head).region(Math.max(0, clock - DATE), head.length());
            if (m.lookingAt()) {
                return wall(m.group(), number(m, 1), number(m, 2), number(m, 3), m, 4);
            }
            m = SYSLOG.matcher(head).region(Math.max(0, clock - MONTH_AND_DAY), head.length());
            if (m.find()) {
                int month = MONTHS.indexOf(m.group(1).toLowerCase(Locale.ROOT)) + 1;
                return wall(m.group(), m.group(7) == null ? NO_YEAR : number(m, 7), month, number(m, 2), m, 3);
            }
        }
        Matcher m = BOOT.matcher(head);
        if (m.find()) {
            return boot(m);
        }
        m = KMSG.matcher(head);
        if (m.find()) {
            return Optional.of(new LogTime(LogTime.Clock.BOOT, Long.parseLong(m.group(1)), m.group(1) + " us"));
        }
        m = TRACE.matcher(head);
        return m.find() ? boot(m) : Optional.empty();
    }

    /** Where the first time of day stands, {@code 08:37:36}; -1 if there is none. */
    private static int clock(String head) {
        for (int colon = 2; colon + 5 < head.length(); colon++) {
            if (head.charAt(colon) == ':'
                    && head.charAt(colon + 3) == ':'
                    && digit(head, colon - 2)
                    && digit(head, colon - 1)
                    && digit(head, colon + 1)
                    && digit(head, colon + 2)
                    && digit(head, colon + 4)
                    && digit(head, colon + 5)) {
                return colon - 2;
            }
        }
        return -1;
    }

    private static boolean digit(String text, int at) {
        return text.charAt(at) >= '0' && text.charAt(at) <= '9';
    }

    private static int number(Matcher m, int group) {
        return Integer.parseInt(m.group(group));
    }

    private static Optional<LogTime> boot(Matcher m) {
        long micros = Long.parseLong(m.group(1)) * MICROS + fraction(m.group(2));
        return Optional.of(new LogTime(LogTime.Clock.BOOT, micros, m.group(1) + "." + m.group(2)));
    }

    /** The hours, minutes, seconds and their fraction are four groups from {@code first} on. */
    private static Optional<LogTime> wall(String text, int year, int month, int day, Matcher m, int first) {
        try {
            LocalDateTime at = LocalDateTime.of(
                    year, month, day, number(m, first), number(m, first + 1), Math.min(number(m, first + 2), 59));
            long micros = at.toEpochSecond(ZoneOffset.UTC) * MICROS + fraction(m.group(first + 3));
            return Optional.of(new LogTime(LogTime.Clock.WALL, micros, text));
        } catch (DateTimeException e) {
            // No such day: the digits are something else.
            return Optional.empty();
        }
    }

    /** Microseconds of decimal digits after the point. */
    private static long fraction(String digits) {
        if (digits == null) {
            return 0;
        }
        long micros = 0;
        for (int i = 0; i < 6; i++) {
            micros = micros * 10 + (i < digits.length() ? digits.charAt(i) - '0' : 0);
        }
        return micros;
    }
}
