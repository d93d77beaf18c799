// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a trace said about mappings so far: the last {@value #KEPT} ranges that were mapped or unmapped. Ranges of
 * different domains are not told apart, because the trace doesn't say the domain. The reading thread alone uses it.
 */
final class Mappings {
    private static final int KEPT = 1 << 14;
    private static final int LOOK = 16;

    /** One range, what happened to it last, and when; microseconds, or -1 if the line doesn't say. */
    private record Range(long start, long end, boolean mapped, long micros) {}

    private final TreeMap<Long, Range> byStart = new TreeMap<>(Comparator.comparing((Long a) -> a + Long.MIN_VALUE));
    private final Range[] latest = new Range[KEPT];
    private long seen;

    /** The trace says that a range was mapped or unmapped. */
    void put(long start, long size, boolean mapped, long micros) {
        int place = (int) (seen++ % KEPT);
        Range oldest = latest[place];
        if (oldest != null) {
            byStart.remove(oldest.start(), oldest);
        }
        Range range = new Range(start, start + size, mapped, micros);
        latest[place] = range;
        byStart.put(start, range);
    }

    /** What the trace says about an address at a time; empty if the trace has no mapping at all. */
    String at(long address, long micros) {
        if (seen == 0) {
            return "";
        }
        Range newest = null;
        Map.Entry<Long, Range> entry = byStart.floorEntry(address);
        for (int i = 0; entry != null && i < LOOK; i++) {
            Range range = entry.getValue();
            boolean covers = Long.compareUnsigned(address, range.end()) < 0;
            if (covers && (newest == null || range.micros() > newest.micros())) {
                newest = range;
            }
            entry = byStart.lowerEntry(entry.getKey());
        }
        if (newest == null) {
            return seen > KEPT
                    ? "not mapped in the part of the trace that iopf remembers"
                    : "never mapped in this trace before the fault";
        }
        String size = "0x%x bytes at 0x%x".formatted(newest.end() - newest.start(), newest.start());
        String ago = newest.micros() < 0 || micros < newest.micros() ? "" : " " + ago(micros - newest.micros());
        return newest.mapped()
                ? "mapped" + ago + " before the fault and not unmapped since (" + size + ")"
                : "unmapped" + ago + " before the fault (" + size + ")";
    }

    private static String ago(long micros) {
        return micros < 1_000
                ? micros + " us"
                : micros < 1_000_000
                        ? "%d.%d ms".formatted(micros / 1_000, micros / 100 % 10)
                        : micros / 1_000_000 + " s";
    }
}
