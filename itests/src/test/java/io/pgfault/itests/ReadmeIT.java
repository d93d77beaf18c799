// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The pages keep what they promise, those of each bundle included: commands run, sessions print what the page
 * shows, and code is the compiled code.
 */
class ReadmeIT {
    /** A line of a shell block; the commands of sessions begin with a prompt instead. */
    private static final String COMMAND = "./iopf ";

    private static final Pattern BLOCK = Pattern.compile("(?s)```sh\\n(.*?)\\n```");
    private static final Pattern SESSION = Pattern.compile("(?s)<!-- session: serve -->\\s*```\\n(.*?)\\n```");
    private static final Pattern SUMMARY = Pattern.compile("(?s)<!-- session: replay -->\\s*```\\n(.*?)\\n```");

    static Stream<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Built.file("README.md"), Built.file("bundles/README.md")));
        try (Stream<Path> bundles = Files.list(Built.file("bundles"))) {
            for (Path bundle : bundles.filter(Files::isDirectory).sorted().toList()) {
                try (Stream<Path> files = Files.list(bundle)) {
                    files.filter(file -> file.toString().endsWith(".md"))
                            .sorted()
                            .forEach(pages::add);
                }
            }
        }
        return pages.stream();
    }

    private static Stream<String> found(Pattern block) throws IOException {
        List<String> blocks = new ArrayList<>();
        for (Path page : pages().toList()) {
            block.matcher(Files.readString(page))
                    .results()
                    .map((MatchResult found) -> found.group(1))
                    .forEach(blocks::add);
        }
        return blocks.stream();
    }

    /** The commands of each shell block: a command may read what the command above it wrote. */
    static Stream<List<String>> blocks() throws IOException {
        Set<String> known = new HashSet<>();
        return found(BLOCK)
                .map(block -> block.lines()
                        .filter(line -> line.startsWith(COMMAND) && !line.startsWith(COMMAND + "new "))
                        .filter(known::add)
                        .toList())
                .filter(block -> !block.isEmpty());
    }

    static Stream<String> sessions() throws IOException {
        return found(SESSION);
    }

    static Stream<String> summaries() throws IOException {
        return found(SUMMARY);
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void commandsRun_inTheOrderOfTheirBlock(List<String> block) throws Exception {
        for (String command : block) {
            assertThat(run(command).out()).as(command).isNotBlank();
        }
    }

    /** The accesses of a session have the outcomes that the page shows, in the same order. */
    @ParameterizedTest
    @MethodSource("sessions")
    void sessionIsWhatHappens(String session) throws Exception {
        StringBuilder typed = new StringBuilder();
        session.lines().filter(line -> line.startsWith("g! ")).forEach(line -> typed.append(line.substring(3))
                .append('\n'));
        Command run = Command.feed(
                        Built.file("."), typed.toString(), "serve", "--platform", "itests/samples/platform.json")
                .succeeded();
        assertThat(run.out())
                .containsSubsequence(
                        session.lines().filter(line -> line.startsWith("nic0 ")).toList());
    }

    /** The summary has the numbers that the page shows; only times differ between machines. */
    @ParameterizedTest
    @MethodSource("summaries")
    void summaryIsWhatIsPrinted(String summary) throws Exception {
        String out = run("./iopf replay --maps itests/samples/cat.maps itests/samples/cat.lackey.gz")
                .out();
        assertThat(out)
                .containsSubsequence(
                        summary.lines().filter(line -> !line.isBlank()).toList());
    }

    @Test
    void thePagesHaveAHandler_andItIsTheCompiledOne() throws Exception {
        String source =
                Files.readString(Built.file("itests/prefault/src/main/java/com/example/prefault/PreFault.java"));
        String handler = source.substring(source.indexOf("/**")).strip();
        List<String> pages = new ArrayList<>();
        for (Path page : pages().toList()) {
            pages.add(Files.readString(page));
        }
        assertThat(pages).anySatisfy(page -> assertThat(page).contains(handler));
    }

    private static Command run(String command) throws Exception {
        List<String> words = List.of(command.split(" +"));
        return Command.run(Built.file("."), words.subList(1, words.size()).toArray())
                .succeeded();
    }
}
