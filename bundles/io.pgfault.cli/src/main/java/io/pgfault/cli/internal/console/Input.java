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

    public static boolean isStandard(Path path) {
        return path.equals(STANDARD);
    }

    /** All of standard input as a file, for who reads it more than once. The caller deletes it. */
    public static Path spool() throws IOException {
        Path file = Files.createTempFile("standard-input-", "");
        Files.copy(System.in, file, StandardCopyOption.REPLACE_EXISTING);
        return file;
    }

    /** Opens a file. Closing it leaves standard input open: that isn't ours to close. */
    public static TraceFile open(Path path) throws UnreadableInput {
        return isStandard(path)
                ? TraceFile.of(STANDARD_NAME, new FilterInputStream(System.in) {
                    @Override
                    public void close() {
                        // Stays open.
                    }
                })
                : TraceFile.open(path);
    }

    /** What messages call it. */
    public static String name(Path path) {
        return isStandard(path) ? STANDARD_NAME : path.toString();
    }
}
