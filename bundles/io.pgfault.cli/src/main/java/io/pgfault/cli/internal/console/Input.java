// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The files that a command line names; {@code -} is standard input. */
public final class Input {
    private static final Path STANDARD = Path.of("-");
    private static final String STANDARD_NAME = "standard input";

    private Input() {}

    /** Whether a word of the command line stands for standard input. */
    public static boolean isStandard(Path path) {
        return path.equals(STANDARD);
    }

    /**
     * Copies standard input to a temporary file, so that a command can read the input twice. The caller deletes the
     * file.
     */
    public static Path spool() throws IOException {
        Path file = Files.createTempFile("standard-input-", "");
        Files.copy(System.in, file, StandardCopyOption.REPLACE_EXISTING);
        return file;
    }

    /** Opens a file. Closing the file leaves standard input open: the shell owns standard input. */
    public static TraceFile open(Path path) throws UnreadableInput {
        return isStandard(path)
                ? TraceFile.of(STANDARD_NAME, new FilterInputStream(System.in) {
                    @Override
                    public void close() {
                        // Standard input stays open.
                    }
                })
                : TraceFile.open(path);
    }

    /** Returns the name of a file in messages. */
    public static String name(Path path) {
        return isStandard(path) ? STANDARD_NAME : path.toString();
    }
}
