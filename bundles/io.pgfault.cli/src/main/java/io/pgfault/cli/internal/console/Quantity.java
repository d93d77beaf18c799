// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import io.pgfault.api.driver.Latency;
import java.util.Locale;

/** Numbers with units, as people read them. */
public final class Quantity {
    private Quantity() {}

    /** A time: {@code 850 ns}, {@code 12.3 µs}, {@code 4.56 ms}, {@code 1.23 s}. */
    public static String nanos(long nanos) {
        if (nanos < 1_000) {
            return nanos + " ns";
        }
        if (nanos < 1_000_000) {
            return String.format(Locale.ROOT, "%.1f µs", nanos / 1e3);
        }
        return nanos < 1_000_000_000
                ? String.format(Locale.ROOT, "%.2f ms", nanos / 1e6)
                : String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
    }

    /** A rate: {@code 812/s}, {@code 41.3 k/s}, {@code 2.10 M/s}. */
    public static String perSecond(long count, long nanos) {
        double rate = count * 1e9 / Math.max(1, nanos);
        if (rate < 1e3) {
            return String.format(Locale.ROOT, "%.0f/s", rate);
        }
        return rate < 1e6
                ? String.format(Locale.ROOT, "%.1f k/s", rate / 1e3)
                : String.format(Locale.ROOT, "%.2f M/s", rate / 1e6);
    }

    /** Returns {@code part} of {@code whole} in percent with one decimal, for example {@code 12.5 %}. */
    public static String percent(long part, long whole) {
        return String.format(Locale.ROOT, "%.1f %%", whole == 0 ? 0.0 : 100.0 * part / whole);
    }

    /** A number with its noun: {@code 1 record}, {@code 1,234 records}. */
    public static String count(long number, String one, String many) {
        return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? one : many);
    }

    /** The percentiles of a latency in one line. */
    public static String of(Latency latency) {
        return latency.count() == 0
                ? "nothing answered"
                : "p50 %s   p99 %s   p99.9 %s   max %s"
                        .formatted(
                                nanos(latency.p50()),
                                nanos(latency.p99()),
                                nanos(latency.p999()),
                                nanos(latency.max()));
    }
}
