// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The lines that look like an IOMMU's and gave no complete record, with the reason. The reading thread alone uses it.
 * It keeps the first {@value #KEPT} lines and counts the rest.
 */
public final class UndecodedLines {
    private static final int KEPT = 100;
    private static final int LENGTH = 160;
    private static final Pattern UNIT =
            Pattern.compile("(?i)iommu|smmu|sysmmu|\\bdmar\\b|amd-vi|vt-?d\\b|\\bdart\\b|passthru|vtd_|context bank");
    private static final Pattern TROUBLE = Pattern.compile(
            "(?i)fault|error|invalid|time[d-]? ?out|overflow|unhandled|unexpected|blocked|abort|denied|violat|illegal|bad ");

    /**
     * One line and why it was not decoded.
     *
     * @param line number of the line, from 1
     * @param text the line
     * @param reason why
     */
    public record Undecoded(long line, String text, String reason) {}

    private final Map<Long, Undecoded> kept = new LinkedHashMap<>();
    private long count;
    private long missing;

    /** A line that a grammar's needle found. */
    void add(long line, String text, String reason) {
        if (kept.containsKey(line) || !(UNIT.matcher(text).find() || text.contains("fault"))) {
            return;
        }
        count++;
        if (kept.size() < KEPT) {
            String stripped = text.strip();
            String shown = stripped.substring(0, Math.min(stripped.length(), LENGTH));
            kept.put(line, new Undecoded(line, shown, reason));
        }
    }

    /** A line with a word that only IOMMUs have. The line counts if it tells of trouble. */
    void suspect(long line, String text) {
        if (UNIT.matcher(text).find() && TROUBLE.matcher(text).find()) {
            add(line, text, "no driver's message that iopf knows");
        }
    }

    /** The kernel left out messages. */
    void missing(long messages) {
        missing += messages;
    }

    /** How many messages of IOMMUs the kernel says that it left out. */
    public long missing() {
        return missing;
    }

    /** The first lines, in the order of the text. */
    public List<Undecoded> lines() {
        List<Undecoded> all = new ArrayList<>(kept.values());
        all.sort((a, b) -> Long.compare(a.line(), b.line()));
        return all;
    }

    /** How many lines there were. */
    public long count() {
        return count;
    }
}
