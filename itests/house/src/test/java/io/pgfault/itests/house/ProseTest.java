// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The part of the style of {@code .github/CONTRIBUTING.md} that a program can check: a reader needn't guess the subject
 * of a sentence, and a line fits the window.
 */
class ProseTest {
    private static final int LONGEST_LINE = 120;
    /** Subjects that a reader must guess. */
    private static final Pattern GUESSED = Pattern.compile(
            "(?i)\\b(whoever|who|(?:no|some|any|every)body|(?:some|any|every)one|one that|those that|the one which)\\b");
    /** A comment to the end of a line, or a line within a block comment. */
    private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*(?:/\\*\\*?|\\*|//).*$|\\s//\\s.*$");

    private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`\n]*`|\"[^\"\n]*\"|\\{@code [^}]*\\}");

    @Test
    void noComment_leavesItsSubjectToBeGuessed() {
        List<String> guessed = new ArrayList<>();
        for (Path path : Sources.java()) {
            COMMENT.matcher(Sources.text(path)).results().forEach(comment -> collect(path, comment.group(), guessed));
        }
        assertThat(guessed).as("name the thread, lock, class or person instead").isEmpty();
    }

    @Test
    void noPage_leavesItsSubjectToBeGuessed() {
        List<String> guessed = new ArrayList<>();
        Sources.markdown().stream()
                // The page that states the style names the words.
                .filter(path -> !path.endsWith("CONTRIBUTING.md"))
                .forEach(path -> CODE.matcher(Sources.text(path))
                        .replaceAll("")
                        .lines()
                        .forEach(line -> collect(path, line, guessed)));
        assertThat(guessed).as("name the thread, lock, class or person instead").isEmpty();
    }

    /** The formatter breaks code, and only a string that can't be broken is longer; comments are checked here. */
    @Test
    void noLineOfAComment_isLongerThanTheWindow() {
        List<String> longer = new ArrayList<>();
        for (Path path : Sources.java()) {
            long number = 0;
            for (String line : Sources.text(path).lines().toList()) {
                number++;
                if (line.length() > LONGEST_LINE && line.matches("\\s*(/\\*|\\*|//).*") && !line.contains("https://")) {
                    longer.add(Sources.name(path) + ":" + number);
                }
            }
        }
        assertThat(longer).as("longer than %d characters", LONGEST_LINE).isEmpty();
    }

    private static void collect(Path path, String text, List<String> guessed) {
        if (GUESSED.matcher(CODE.matcher(text).replaceAll("")).find()) {
            guessed.add(Sources.name(path) + ": " + text.strip());
        }
    }
}
