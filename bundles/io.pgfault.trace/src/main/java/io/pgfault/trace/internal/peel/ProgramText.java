// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.peel;

import java.util.regex.Pattern;

/**
 * Tells programs, patterns and templates from logs. A program that prints, searches or tests for a driver's message has
 * the words of the message, and no fault.
 */
public final class ProgramText {
    /** What stands before a message in a line of a program: a call, a search, the start of a text. */
    private static final Pattern BEFORE =
            Pattern.compile("(?:\\b(?:e|f|z|rip)?grep\\b|\\brg |\\bawk\\b|\\bsed\\b)[^'\"/]*(?:['\"/][^'\"/]*|[^:]*)$"
                    + "|\\w\\s*\\([^\"]*\"[^\"]*$"
                    + "|\\b(?:printk|pr_\\w+|dev_\\w+|printf|\\w+_log\\w*|log_\\w+|error_report\\w*|echo|println|format"
                    + "|assert\\w*|contains|startsWith|compile|matches?|re\\.\\w+|add|append|of|message)\\s*\\(?\\s*"
                    + "(?:[A-Z_>&]+\\s+|[\\w>-]+\\s*,\\s*)?[rb]?[\"'][^\"']*$"
                    + "|['\"]\\|[\\w\\[\\]: -]*$"
                    + "|^\\s*(?:local |export |readonly |static |const )?[\\w \\[\\]*]*=\\s*[\"'][^\"']*$"
                    + "|^\\s*(?:\\+|return|\\(|\\{|->|case)?\\s*[\"][^\"]*$"
                    + "|^\\s*(?://|/\\*|\\* |#(?!\\d{3}))");

    private static final Pattern SOURCE =
            Pattern.compile("(?m)\\A(?:\\W{0,3}|.{0,80}\\n)?.{0,12}SPDX-License-Identifier"
                    + "|\\A#!"
                    + "|\\A<\\?xml"
                    + "|\\A(?:\\s|/\\*(?s:.){0,4000}?\\*/|//.*\\n)*(?:package [\\w.]+;|#include [<\"]|import [\\w.]+(?:;|$)|from \\w+ import )"
                    + "|\\A={4,}\\n.*\\n={4,}\\n"
                    + "|\\A(?:Linux|x86) IOMMU Support\\n");

    private ProgramText() {}

    /** Whether the text before index {@code start} makes the line a program's or a pattern. */
    public static boolean before(String line, int start) {
        if (start == 0 || !suspicious(line, start)) {
            return false;
        }
        return BEFORE.matcher(line.substring(0, start)).find();
    }

    private static boolean suspicious(String line, int start) {
        for (int i = 0; i < start; i++) {
            char c = line.charAt(i);
            if (c == '"' || c == '\'' || c == '/' || c == '#' || c == '*' || c == '|') {
                return true;
            }
        }
        return line.lastIndexOf("grep", start) >= 0 || line.lastIndexOf("echo", start) >= 0;
    }

    /** Whether a text with this start is the source of a program or of a documentation, no log. */
    public static boolean isSource(String head) {
        return SOURCE.matcher(head.length() > 6_000 ? head.substring(0, 6_000) : head)
                .find();
    }
}
