// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.trace.decode.LogRecord;
import java.io.IOException;
import java.util.function.Consumer;

/** What becomes of decoded records. The thread that runs the command calls all methods. */
interface DecodedOutput extends Consumer<LogRecord> {
    /**
     * The records that follow are of this file.
     *
     * @param name the file's name
     * @param many whether the command reads several files
     */
    default void file(String name, boolean many) {}

    /** No record follows. */
    void finish() throws IOException;
}
