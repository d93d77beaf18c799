// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What loggers put before messages. */
final class LogLine {
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
            + "|^\\s*\\d+\\.\\d{6}[:\\s]"
            + "|^\\d{1,3},\\d+,\\d+,[-c+,\\w=]*;"
            + "|^(?:\\(XEN\\)|MESSAGE=|qemu-system-\\w+:)"
            + "|^\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} ");

    private LogLine() {}

    /** The line without the logger's prefix. */
    static String withoutPrefix(String clean) {
        Matcher m = PREFIX.matcher(clean);
        return m.find() && m.start() == 0 ? clean.substring(m.end()).stripLeading() : clean;
    }

    /** Whether a message starts in this line; false if a message of an earlier line may go on in it. */
    static boolean startsMessage(String clean) {
        return PREFIX.matcher(clean).find();
    }
}
