// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.trace.AccessFileReader;
import io.pgfault.trace.MapsFile;
import io.pgfault.trace.TraceFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code iopf record} with and without Valgrind. */
class RecordCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();

    private String run(String folders, String... line) {
        StringWriter problem = new StringWriter();
        new CommandLine(new RecordCommand(folders))
                .setOut(new PrintWriter(out, true))
                .setExecutionExceptionHandler((e, command, result) -> {
                    problem.write(String.valueOf(e.getMessage()));
                    return 2;
                })
                .execute(line);
        return problem.toString();
    }

    @Test
    void withoutValgrind_theMessageSaysHowToGetIt() {
        assertThat(run(folder.toString(), "--", "true")).contains("valgrind", "apt install valgrind", "PATH");
    }

    /** On a machine without Valgrind this is the message once more; both are what the command owes. */
    @Test
    void aProgramThatEndsAtOnce_isRecorded() throws Exception {
        String folders = System.getenv("PATH");
        Path name = folder.resolve("none");
        String problem = run(folders, "--out", name.toString(), "--", "true");
        if (RecordCommand.find(folders).isEmpty()) {
            assertThat(problem).contains("apt install valgrind");
            return;
        }
        assertThat(problem).isEmpty();
        assertThat(out.toString()).contains("accesses", "none.iopf", "none.maps");
        assertThat(MapsFile.read(folder.resolve("none.maps"))).hasSizeGreaterThan(5);
        long accesses = 0;
        try (AccessFileReader reader = new AccessFileReader(TraceFile.open(folder.resolve("none.iopf")))) {
            while (reader.next()) {
                accesses++;
            }
        }
        assertThat(accesses).isGreaterThan(10_000);
    }
}
