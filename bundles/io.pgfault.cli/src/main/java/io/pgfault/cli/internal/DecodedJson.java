// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.Value;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.io.PrintWriter;
import java.util.function.Consumer;

/** Decoded records for programs: one JSON object per record and line. */
final class DecodedJson implements Consumer<LogRecord> {
    private final PrintWriter out;

    DecodedJson(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void accept(LogRecord record) {
        JsonObjectBuilder object =
                Json.createObjectBuilder().add("type", record.type().jsonName());
        record.fields().forEach((name, value) -> {
            if (value instanceof Value.Flag flag) {
                object.add(name, flag.set());
            } else if (value instanceof Value.Count count) {
                object.add(name, count.number());
            } else {
                object.add(name, value.toString());
            }
        });
        JsonArrayBuilder causes = Json.createArrayBuilder();
        for (Cause cause : record.causes()) {
            causes.add(Json.createObjectBuilder()
                    .add("cause", cause.cause())
                    .add("fields", Json.createArrayBuilder(cause.fields()))
                    .add("check", cause.check()));
        }
        out.println(object.add("line", record.line())
                .add("complete", record.complete())
                .add("causes", causes)
                .build());
    }
}
