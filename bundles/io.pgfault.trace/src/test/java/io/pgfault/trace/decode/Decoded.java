// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import io.pgfault.trace.Inputs;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.log.FaultLog;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** What the decoder makes of a text. */
final class Decoded {
    private Decoded() {}

    static List<LogRecord> text(String text) {
        List<LogRecord> records = new ArrayList<>();
        try (TraceFile file = TraceFile.of("test", new ByteArrayInputStream(Inputs.bytes(text)))) {
            new FaultLog(records::add).readText(file, () -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return records;
    }

    static List<LogRecord> lines(List<String> lines) {
        return text(String.join("\n", lines) + "\n");
    }
}
