// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.terminal;

import java.util.List;
import org.jline.reader.Highlighter;
import org.jline.reader.LineReader;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * Shows while a person writes whether the command exists: bold if so, red if no command begins that way. One thread.
 */
final class CommandColours implements Highlighter {
    private final Commands commands;

    CommandColours(Commands commands) {
        this.commands = commands;
    }

    @Override
    public AttributedString highlight(LineReader reader, String line) {
        int from = line.length() - line.stripLeading().length();
        int to = from;
        while (to < line.length()
                && (Character.isLetterOrDigit(line.charAt(to)) || ":_-".indexOf(line.charAt(to)) >= 0)) {
            to++;
        }
        String name = line.substring(from, to);
        // An assignment, a closure or a call of a method is no name of a command.
        if (name.isEmpty() || (to < line.length() && !Character.isWhitespace(line.charAt(to)))) {
            return new AttributedString(line);
        }
        return new AttributedStringBuilder()
                .append(line.substring(0, from))
                .append(name, style(name))
                .append(line.substring(to))
                .toAttributedString();
    }

    private AttributedStyle style(String name) {
        List<String> names = commands.names(name);
        if (names.contains(name)) {
            return AttributedStyle.BOLD;
        }
        return names.stream().anyMatch(known -> known.startsWith(name))
                ? AttributedStyle.DEFAULT
                : AttributedStyle.DEFAULT.foreground(AttributedStyle.RED);
    }
}
