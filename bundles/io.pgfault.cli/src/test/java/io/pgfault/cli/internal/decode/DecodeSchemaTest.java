// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import dev.harrel.jsonschema.providers.JakartaJsonNode;
import io.pgfault.cli.internal.CommandRun;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema that {@code iopf decode --schema} prints says what {@code --json} writes, for every sample. */
class DecodeSchemaTest {
    private static final Path SAMPLES = Path.of("..", "io.pgfault.trace", "src", "test", "resources");

    @TempDir
    private Path folder;

    private final String schema = CommandRun.of("", "decode", "--schema").out();
    private final URI id = URI.create(object(schema).getString("$id"));
    private final Validator validator = validator();

    private Validator validator() {
        Validator made = new ValidatorFactory()
                .withJsonNodeFactory(new JakartaJsonNode.Factory())
                .createValidator();
        made.registerSchema(id, schema);
        return made;
    }

    private static JsonObject object(String json) {
        return Json.createReader(new StringReader(json)).readObject();
    }

    private boolean valid(String line) {
        return validator.validate(id, line).isValid();
    }

    private static List<String> lines(String samples) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String sample : Files.readAllLines(SAMPLES.resolve(samples))) {
            JsonArray log = object(sample).getJsonArray("lines");
            log.getValuesAs(JsonString::getString).forEach(lines::add);
            lines.add("Jan  1 00:00:00 host kernel: usb 1-1: new device");
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(strings = {"fault-logs.jsonl", "fault-logs-2.jsonl"})
    void everySampleIsValid(String samples) throws Exception {
        List<String> records = CommandRun.of(String.join("\n", lines(samples)), "decode", "--json", "-")
                .out()
                .lines()
                .toList();
        assertThat(records).hasSizeGreaterThan(20).allMatch(this::valid);
    }

    @Test
    void recordsOfSeveralFilesAndIncompleteOnesAreValid() throws Exception {
        String log = String.join("\n", lines("fault-logs-2.jsonl"));
        Path one = Files.writeString(folder.resolve("one.log"), log);
        Path two = Files.writeString(folder.resolve("two.log"), log.substring(0, log.length() / 2 - 30));
        List<String> records = CommandRun.of("", "decode", "--format", "json", one.toString(), two.toString())
                .out()
                .lines()
                .toList();
        assertThat(records)
                .allMatch(this::valid)
                .allMatch(record -> object(record).getString("file").endsWith(".log"));
    }

    @Test
    void theSchemaIsVersioned_andCanFail() {
        assertThat(id.toString()).matches("https://.*/schema/decode/\\d+\\.\\d+");
        String good =
                "{\"type\":\"dma_fault\",\"addr\":\"0x1\",\"line\":1,\"complete\":true,\"notes\":[],\"causes\":[]}";
        assertThat(valid(good)).isTrue();
        assertThat(valid(good.replace("0x1", "1"))).isFalse();
        assertThat(valid(good.replace("\"notes\":[],", ""))).isFalse();
        assertThat(valid(good.replace("dma_fault", "DMA fault"))).isFalse();
        assertThat(valid(good.replace("\"line\":1", "\"line\":0"))).isFalse();
        assertThat(valid(good.replace("\"causes\":[]", "\"causes\":[{\"cause\":\"x\"}]")))
                .isFalse();
    }
}
