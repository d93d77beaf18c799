// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A command that fails in the shell, for example because a bundle is restarted meanwhile, is one line. */
@Isolated
class ShellFailureTest {
    @Test
    void aFailureInTheShell_isOneLine_withoutATrace() {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            // No container: the command has no services to ask.
            new Iopf(null, null).executeInShell(System.out, "units");
        } finally {
            System.setErr(before);
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .startsWith("iopf: units failed: ")
                .contains("was a bundle stopped or restarted")
                .hasLineCount(1);
    }
}
