// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The operator's page, features/README.md. A block of the page has a name in a comment before it: {@code session:}
 * blocks have lines that begin with a prompt, {@code file:} blocks are files.
 */
final class OperatorsPage {
    /** The repository. */
    static final Path HOME = Path.of("").toAbsolutePath().getParent().getParent();

    private static final Pattern BLOCK =
            Pattern.compile("(?s)<!-- (session|file): (\\S+) -->\\s*```\\w*\\n(.*?)\\n```");
    private static final Pattern PROMPT = Pattern.compile("^(?:karaf@root\\(\\)>|g!|osgi>|\\$) ");

    private final Map<String, List<String>> sessions = new HashMap<>();
    private final Map<String, String> files = new HashMap<>();

    private final String text;

    OperatorsPage() throws IOException {
        text = Files.readString(HOME.resolve("features/README.md"));
        BLOCK.matcher(text).results().forEach(block -> {
            if (block.group(1).equals("file")) {
                files.put(block.group(2), block.group(3) + "\n");
            } else {
                sessions.put(
                        block.group(2),
                        block.group(3)
                                .lines()
                                .filter(line -> PROMPT.matcher(line).find())
                                .map(line -> PROMPT.matcher(line).replaceFirst(""))
                                .toList());
            }
        });
    }

    /** The page as it is written. */
    String text() {
        return text;
    }

    /** What an operator types, in the order of the page. */
    List<String> session(String name) {
        return required(sessions.get(name), name);
    }

    /** The names of all sessions. */
    Iterable<String> sessions() {
        return sessions.keySet();
    }

    /** The content of a file that the page shows. */
    String file(String name) {
        return required(files.get(name), name);
    }

    private static <T> T required(T block, String name) {
        if (block == null) {
            throw new AssertionError("features/README.md has no block " + name);
        }
        return block;
    }
}
