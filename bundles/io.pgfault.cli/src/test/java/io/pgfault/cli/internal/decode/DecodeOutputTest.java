// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.cli.internal.console.Progress;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.decode.Value;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of decoded records: JSON, folds, progress. */
class DecodeOutputTest {
    private static LogRecord record(long line, String device, String address, Map<String, Value> more) {
        Map<String, Value> fields = new LinkedHashMap<>(more);
        fields.put("addr", new Value.Text(address));
        return new LogRecord(RecordType.DMA_FAULT, line, true, fields, device, Optional.empty(), false, List.of());
    }

    @Test
    void jsonHoldsAnyText() {
        String strange = "quote \" backslash \\ tab \t bell \u0007 umlaut \u00fc";
        StringWriter out = new StringWriter();
        DecodedJson json = new DecodedJson(out);
        json.accept(new LogRecord(
                RecordType.DMA_FAULT,
                7,
                false,
                Map.of("text", new Value.Text(strange), "flag", new Value.Flag(true), "count", new Value.Count(-3)),
                "unknown",
                Optional.empty(),
                false,
                List.of(new Cause(strange, List.of("flag", "text"), "look"), new Cause("other", List.of(), ""))));
        json.accept(record(8, "d", "0x1", Map.of()));
        json.flush();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(2);
        JsonObject first = Json.createReader(new StringReader(lines.get(0))).readObject();
        assertThat(first.keySet())
                .containsExactlyInAnyOrder("type", "text", "flag", "count", "line", "complete", "notes", "causes");
        assertThat(first.getString("type")).isEqualTo("dma_fault");
        assertThat(first.getString("text")).isEqualTo(strange);
        assertThat(first.getBoolean("flag")).isTrue();
        assertThat(first.getInt("count")).isEqualTo(-3);
        assertThat(first.getInt("line")).isEqualTo(7);
        assertThat(first.getBoolean("complete")).isFalse();
        JsonObject cause = first.getJsonArray("causes").getJsonObject(0);
        assertThat(cause.getString("cause")).isEqualTo(strange);
        assertThat(cause.getJsonArray("fields").getString(1)).isEqualTo("text");
        assertThat(cause.getString("check")).isEqualTo("look");
        assertThat(Json.createReader(new StringReader(lines.get(1)))
                        .readObject()
                        .getJsonArray("causes"))
                .isEmpty();
    }

    @Test
    void onlyAddressesTagsAndCountersFold() {
        FoldedFaults faults = new FoldedFaults();
        faults.accept(record(1, "a", "0x2000", Map.of("stag", new Value.Text("0x1"), "reason", new Value.Text("x"))));
        faults.accept(record(2, "a", "0x1000", Map.of("stag", new Value.Text("0x2"), "reason", new Value.Text("x"))));
        faults.accept(record(3, "a", "0x1000", Map.of("stag", new Value.Text("0x1"), "reason", new Value.Text("y"))));
        faults.accept(record(4, "b", "0x1000", Map.of("stag", new Value.Text("0x1"), "reason", new Value.Text("x"))));
        assertThat(faults.folds()).extracting(FoldedFaults.Fold::count).containsExactly(2L, 1L, 1L);
        assertThat(faults.folds().iterator().next().addresses()).isEqualTo("0x1000 to 0x2000");
        assertThat(faults.folds().iterator().next().lastLine()).isEqualTo(2);
        assertThat(faults.devices()).isEqualTo(Map.of("a", 3L, "b", 1L));
    }

    @Test
    void ofTooManyDevicesTheRestIsCounted() {
        FoldedFaults faults = new FoldedFaults();
        for (int i = 0; i < 2_500; i++) {
            faults.accept(record(i, "device" + i, "0x1000", Map.of()));
            faults.accept(record(i, "device0", "0x1000", Map.of()));
        }
        assertThat(faults.folds()).hasSize(FoldedFaults.MAX_FOLDS);
        assertThat(faults.devices()).hasSize(FoldedFaults.MAX_DEVICES).containsEntry("device0", 2_501L);
        StringWriter text = new StringWriter();
        new DecodedText(new PrintWriter(text), false).print(faults, false);
        assertThat(text.toString())
                .contains(
                        "... and 1,500 more records of faults that differ",
                        "... and 1,500 more records of other devices");
    }

    @Test
    void progressIsShownOnATerminalAfterASecond() throws Exception {
        long[] now = {0};
        StringWriter err = new StringWriter();
        try (TraceFile file = TraceFile.of("kern.log", new ByteArrayInputStream(new byte[10]))) {
            Progress pipe = new Progress(new PrintWriter(err), false, () -> now[0]);
            Progress terminal = new Progress(new PrintWriter(err), true, () -> now[0]);
            terminal.at(file, 1);
            now[0] = 2_000_000_000L;
            pipe.at(file, 2);
            pipe.done();
            assertThat(err.toString()).isEmpty();
            terminal.at(file, 1_234);
            assertThat(err.toString()).contains("kern.log", "1,234 records");
            terminal.done();
            assertThat(err.toString()).endsWith("\r\u001b[K");
        }
    }
}
