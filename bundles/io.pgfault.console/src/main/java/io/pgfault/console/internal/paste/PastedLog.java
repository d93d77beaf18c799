// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.paste;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.log.FaultLog;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A log that a person pasted, decoded by the decoder of {@code iopf decode}. */
public final class PastedLog {
    /** A page shows no more records than these. */
    private static final int MOST_RECORDS = 200;

    private final List<LogGrammar> grammars;
    private final JsonArrayBuilder records = Json.createArrayBuilder();
    private int count;

    /** Decodes with these grammars beside the built-in ones. */
    public PastedLog(List<LogGrammar> grammars) {
        this.grammars = grammars;
    }

    /**
     * Returns the records, and the lines that look like an IOMMU's and gave none, as a JSON object.
     *
     * @throws UnreadableInput if the text can't be read
     */
    public String decode(String text) throws IOException {
        FaultLog log = new FaultLog(this::add, grammars);
        // The bytes of a string are text: no compressed file survives in a string, so nothing is unpacked here.
        try (TraceFile file =
                TraceFile.of("the pasted text", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))) {
            log.readText(file, () -> {});
        }
        JsonArrayBuilder undecoded = Json.createArrayBuilder();
        log.undecoded()
                .forEach(line -> undecoded.add(Json.createObjectBuilder()
                        .add("line", line.line())
                        .add("text", line.text())
                        .add("reason", line.reason())));
        return Json.createObjectBuilder()
                .add("count", count)
                .add("records", records)
                .add("undecodedCount", log.undecodedCount())
                .add("undecoded", undecoded)
                .build()
                .toString();
    }

    private void add(LogRecord record) {
        count++;
        if (count > MOST_RECORDS) {
            return;
        }
        JsonObjectBuilder fields = Json.createObjectBuilder();
        record.fields().forEach((name, value) -> fields.add(name, value.toString()));
        JsonArrayBuilder causes = Json.createArrayBuilder();
        for (Cause cause : record.causes()) {
            causes.add(Json.createObjectBuilder().add("cause", cause.cause()).add("check", cause.check()));
        }
        records.add(Json.createObjectBuilder()
                .add("title", record.type().title())
                .add("device", record.device())
                .add("line", record.line())
                .add("complete", record.complete())
                .add("recoverable", record.recoverable())
                .add("notes", Json.createArrayBuilder(record.notes()))
                .add("fields", fields)
                .add("causes", causes));
    }
}
