// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Real logs with the right answers, each field of each record. */
class FaultLogsTest {
    private static List<JsonObject> samples() throws IOException {
        List<JsonObject> samples = new ArrayList<>(samples("/fault-logs.jsonl"));
        samples.addAll(samples("/fault-logs-2.jsonl"));
        return samples;
    }

    private static List<JsonObject> samples(String resource) throws IOException {
        List<JsonObject> samples = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(FaultLogsTest.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
            for (String line; (line = in.readLine()) != null; ) {
                samples.add(Json.createReader(new StringReader(line)).readObject());
            }
        }
        return samples;
    }

    private static List<String> lines(JsonObject sample) {
        return sample.getJsonArray("lines").getValuesAs(JsonString::getString);
    }

    private static List<Map<String, Object>> expected(JsonObject sample) {
        return sample.getJsonArray("records").getValuesAs(JsonObject.class).stream()
                .map(record -> {
                    Map<String, Object> fields = new LinkedHashMap<>();
                    record.forEach((name, value) -> fields.put(name, plain(value)));
                    return fields;
                })
                .toList();
    }

    private static Object plain(JsonValue value) {
        return switch (value.getValueType()) {
            case STRING -> ((JsonString) value).getString();
            case NUMBER -> ((JsonNumber) value).longValueExact();
            case TRUE -> true;
            case FALSE -> false;
            default -> throw new IllegalArgumentException(value.toString());
        };
    }

    static Map<String, Object> plain(LogRecord record) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("type", record.type().jsonName());
        record.fields().forEach((name, value) -> fields.put(name, plain(value)));
        return fields;
    }

    private static Object plain(Value value) {
        if (value instanceof Value.Count n) {
            return n.number();
        }
        return value instanceof Value.Flag f ? (Object) f.set() : value.toString();
    }

    private static void check(JsonObject sample, String text) {
        assertThat(Decoded.text(text).stream().map(FaultLogsTest::plain).toList())
                .isEqualTo(expected(sample));
    }

    @TestFactory
    Stream<DynamicTest> eachSampleIsDecodedRight() throws IOException {
        return samples().stream()
                .map(s ->
                        DynamicTest.dynamicTest(s.getString("id"), () -> check(s, String.join("\n", lines(s)) + "\n")));
    }

    @TestFactory
    Stream<DynamicTest> soItIsWithoutTheLastLineFeed() throws IOException {
        return samples().stream()
                .map(s -> DynamicTest.dynamicTest(s.getString("id"), () -> check(s, String.join("\n", lines(s)))));
    }

    @TestFactory
    Stream<DynamicTest> soItIsWithCarriageReturnsAndEscapedTabs() throws IOException {
        return samples().stream()
                .map(s -> DynamicTest.dynamicTest(
                        s.getString("id"),
                        () -> check(s, String.join("\r\n", lines(s)).replace("\t", "#011") + "\r\n")));
    }

    @Test
    void allInOneLog() throws IOException {
        List<String> lines = new ArrayList<>();
        List<Map<String, Object>> expected = new ArrayList<>();
        for (JsonObject sample : samples()) {
            lines.addAll(lines(sample));
            lines.add("Jan  1 00:00:00 host kernel: [    1.000000] usb 1-1: new high-speed USB device");
            expected.addAll(expected(sample));
        }
        List<LogRecord> records = Decoded.lines(lines);
        assertThat(records.stream().map(FaultLogsTest::plain).toList()).isEqualTo(expected);
        assertThat(records).isSortedAccordingTo(Comparator.comparingLong(LogRecord::line));
    }

    @Test
    void theLineIsTheRecordsFirst() {
        List<LogRecord> records = Decoded.text("""
                nothing here
                DMAR: DRHD: handling fault status reg 2
                DMAR: [DMA Read NO_PASID] Request device [72:00.0] fault addr 0xfe721000
                 [fault reason 0x06] PTE Read access is not set
                arm-smmu-v3 a.smmu: event 0x02 received:
                arm-smmu-v3 a.smmu: \t0x0000090000000002
                arm-smmu-v3 a.smmu: \t0x0000000000000000
                DMAR: DRHD: handling fault status reg 3
                arm-smmu-v3 a.smmu: \t0x0000000000000000
                arm-smmu-v3 a.smmu: \t0x0000000000000000
                """);
        assertThat(records).extracting(LogRecord::line).containsExactly(2L, 3L, 5L, 8L);
        assertThat(records).allMatch(LogRecord::complete);
    }
}
