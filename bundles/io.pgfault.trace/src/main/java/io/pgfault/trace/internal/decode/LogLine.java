// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A line as it stands in a log, without what loggers and terminals add to characters: colours, escaped or fixed spaces,
 * carriage returns.
 */
final class LogLine {
    private static final Pattern ESCAPE = Pattern.compile("\\x1b\\[[0-9;?]*[A-Za-z]");
    private static final List<String> TABS = List.of("#011", "\\x09", "^I");

    /** What loggers put before a message; it stands at the start of the line, after at most a few stray characters. */
    private static final Pattern PREFIX = Pattern.compile("^.{0,8}?(?:"
            + "\\[ *\\+?\\d+\\.\\d{3,9}\\]"
            + "|\\[[^\\]]{0,24}\\d\\d:\\d\\d:\\d\\d[^\\]]{0,12}\\]"
            + "|\\p{L}{2,5}\\.? +\\d{1,2} \\d\\d:\\d\\d:\\d\\d"
            + "|\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d"
            + "|<\\d{1,3}>"
            + "|\\bkern *:"
            + "|\\bkernel: "
            + "|\\b(?:DMAR|dmar|AMD-Vi|IOMMU) ?:"
            + "|arm-smmu-v3 )"
            + "|^\\s*(?:\\w+[ :])?\\S+ [0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]: "
            + "|^\\s*\\S+-\\d+ +\\[\\d{3,}\\]"
            + "|^\\s*\\d+\\.\\d{6}[:\\s]");

    private LogLine() {}

    static String clean(String line) {
        String text = line;
        if (text.indexOf('\u001b') >= 0) {
            text = ESCAPE.matcher(text).replaceAll("");
        }
        for (String tab : TABS) {
            text = text.replace(tab, "\t");
        }
        return blanked(blanked(blanked(text, '\u00a0'), '\r'), '\0');
    }

    /** Looks first: most lines have no such character, and looking is much faster than replacing. */
    private static String blanked(String text, char c) {
        return text.indexOf(c) < 0 ? text : text.replace(c, ' ');
    }

    /** Whether a message starts here, as against one going on. */
    static boolean startsMessage(String clean) {
        return PREFIX.matcher(clean).find();
    }
}
