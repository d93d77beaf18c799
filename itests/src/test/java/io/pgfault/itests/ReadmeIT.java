// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The front door keeps what it promises: commands run, code is the compiled code, links lead somewhere. */
class ReadmeIT {
    private static final Pattern LINK = Pattern.compile("]\\(([^):#]+)\\)");

    static Stream<String> commands() throws IOException {
        return readme().lines().filter(line -> line.startsWith("./iopf "));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandRuns(String command) throws Exception {
        Object[] arguments = List.of(command.split(" +"))
                .subList(1, command.split(" +").length)
                .toArray();
        assertThat(Command.run(Built.file("."), arguments).succeeded().out()).isNotBlank();
    }

    @Test
    void handlerIsTheCompiledOne() throws Exception {
        String source =
                Files.readString(Built.file("itests/prefault/src/main/java/com/example/prefault/PreFault.java"));
        assertThat(readme())
                .contains(source.substring(source.indexOf("/** Asked")).strip());
    }

    /** The session of "Write a handler in ten minutes", typed as it stands there. */
    @Test
    void handlerSessionIsWhatHappens() throws Exception {
        String session = readme().substring(readme().indexOf("<!-- session: serve -->"));
        session = session.substring(session.indexOf("g! "), session.indexOf("\n```\n", session.indexOf("g! ")));
        StringBuilder typed = new StringBuilder();
        session.lines().filter(line -> line.startsWith("g! ")).forEach(line -> typed.append(line.substring(3))
                .append('\n'));
        Command run = Command.feed(
                        Built.file("."), typed.toString(), "serve", "--platform", "itests/samples/platform.json")
                .succeeded();
        assertThat(run.out())
                .contains(
                        session.lines().filter(line -> line.startsWith("nic0 ")).toList())
                .contains("com.example.prefault");
    }

    @Test
    void linksLeadSomewhere() throws Exception {
        Matcher m = LINK.matcher(readme());
        int links = 0;
        while (m.find()) {
            links++;
            Path target = Built.file(m.group(1));
            assertThat(target).exists();
        }
        assertThat(links).isPositive();
    }

    private static String readme() throws IOException {
        return Files.readString(Built.file("README.md"));
    }
}
