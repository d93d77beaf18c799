// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonWriter;
import jakarta.json.stream.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Writes the JSON of {@code --json FILE|-}. */
public final class JsonOutput {
    private JsonOutput() {}

    /**
     * Writes an object.
     *
     * @param to a file, {@code -} for {@code out}, or null for nowhere
     * @throws BadInput if the file can't be written
     */
    public static void write(String to, JsonObject json, PrintWriter out) throws IOException {
        if (to == null) {
            return;
        }
        StringWriter text = new StringWriter();
        try (JsonWriter writer = Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true))
                .createWriter(text)) {
            writer.writeObject(json);
        }
        if ("-".equals(to)) {
            out.println(text.toString().strip());
            return;
        }
        try {
            Files.writeString(Path.of(to), text.toString().strip() + System.lineSeparator());
        } catch (IOException e) {
            throw new BadInput("--json " + to + ": can't be written: " + e.getMessage(), e);
        }
    }
}
