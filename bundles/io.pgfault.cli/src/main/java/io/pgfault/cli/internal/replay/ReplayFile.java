// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.cli.internal.console.Input;
import io.pgfault.trace.TraceFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of a replay, which is read twice: once for its format, once for its records. A temporary copy stands for
 * standard input.
 *
 * @param path what is read
 * @param name what messages call the file: never the name of a temporary copy
 */
record ReplayFile(Path path, String name) {
    /**
     * Returns the file that a word of the command line names; copies standard input. The caller calls {@link #delete}.
     */
    static ReplayFile of(Path word) throws IOException {
        return new ReplayFile(Input.isStandard(word) ? Input.spool() : word, Input.name(word));
    }

    /** Opens the file. */
    TraceFile open() throws IOException {
        return isCopy()
                ? TraceFile.of(name, new BufferedInputStream(Files.newInputStream(path)))
                : TraceFile.open(path);
    }

    /** Deletes a temporary copy; leaves a file of the user alone. */
    void delete() throws IOException {
        if (isCopy()) {
            Files.deleteIfExists(path);
        }
    }

    private boolean isCopy() {
        return !path.toString().equals(name);
    }
}
