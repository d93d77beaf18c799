// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.recording.RecordingReader;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --record} stores what the hardware wrote, and {@code replay} reproduces it. */
@ExtendWith(RunningJar.Once.class)
class RecordingIT {
    private static final Path TRACE = Built.file("itests/samples/cat.lackey.gz");
    private static final Path MAPS = Built.file("itests/samples/cat.maps");
    private static final String BOTH = """
            {
              ":configurator:resource-version": 1,
              "io.pgfault.vtd.unit~a": {"io.pgfault.unit.name": "dmar7"},
              "io.pgfault.smmuv3.unit~b": {"io.pgfault.unit.name": "smmu3.7"},
              "io.pgfault.sva.space~cat": {"io.pgfault.address.space.name": "cat", "maps": "%s"},
              "io.pgfault.endpoint.pcie~nic0": {
                "io.pgfault.device.name": "nic0", "id": "00:02.0", "unit.target": "(io.pgfault.unit.name=dmar7)"
              },
              "io.pgfault.endpoint.stall~uart": {
                "io.pgfault.device.name": "uart", "id": "0x9", "unit.target": "(io.pgfault.unit.name=smmu3.7)"
              }
            }
            """;
    private static final Duration START = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    RecordingIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @ParameterizedTest
    @CsvSource({"vtd, pcie", "smmuv3, stall", "smmuv3, pri"})
    void aReplayAndItsRecordingComeToTheSame_recordForRecord(String backend, String endpoint) throws Exception {
        Sample expected = Sample.compute(TRACE, MAPS);
        Path first = folder.resolve("first.recording");
        Path again = folder.resolve("again");
        Command made = iopf.run(
                        "replay",
                        "--backend",
                        backend,
                        "--endpoint",
                        endpoint,
                        "--maps",
                        MAPS,
                        "--record",
                        first,
                        TRACE)
                .succeeded();
        assertThat(made.err()).contains("recorded 1,638 records in " + first);
        for (String speed : backend.equals("vtd") ? List.of("", "1000") : List.of("")) {
            List<Object> line = new ArrayList<>(List.of("replay", "--maps", MAPS, "--record", again, "--json", "-"));
            line.addAll(speed.isEmpty() ? List.of() : List.of("--speed", speed));
            line.add(first);
            JsonObject json = iopf.run(line.toArray()).succeeded().json();
            assertThat(json.getString("backend")).isEqualTo(backend);
            assertThat(json.getString("format")).isEqualTo("recording");
            assertThat(json.getInt("records")).isEqualTo((int) expected.requests());
            JsonObject responses = json.getJsonObject("responses");
            assertThat(responses.getInt("success")).isEqualTo((int) expected.success());
            assertThat(responses.getInt("invalid")).isEqualTo((int) expected.invalid());
            assertThat(responses.getInt("failure")).isZero();
            assertThat(json.getInt("pagesPopulated")).isEqualTo((int) expected.pages());
            assertThat(records(again)).isEqualTo(records(first)).hasSize((int) expected.requests());
        }
    }

    @ParameterizedTest
    @CsvSource({"prq, 32, dmar0", "evtq, 32, smmu3.0", "priq, 16, smmu3.0"})
    void recordsThatWereRejected_areReproducedAsTheyWere(String format, int size, String unit) throws Exception {
        long seed = System.nanoTime();
        byte[] dump = new byte[size * 1000];
        new Random(seed).nextBytes(dump);
        dump[0] = (byte) (format.equals("prq") ? 0x01 : 0x10);
        Path noise = Files.write(folder.resolve("noise." + format), dump);
        Path recording = folder.resolve("noise.recording");
        JsonObject before = iopf.run("replay", "--record", recording, "--json", "-", noise)
                .succeeded()
                .json();
        List<String> expected = new ArrayList<>();
        for (int at = 0; at < dump.length; at += size) {
            expected.add(unit + " " + format + " " + HexFormat.of().formatHex(dump, at, at + size));
        }
        assertThat(records(recording)).as("seed %d", seed).isEqualTo(expected);
        JsonObject after =
                iopf.run("replay", "--json", "-", recording).succeeded().json();
        for (String count : List.of("requests", "groups", "responses", "badRequests", "stopMarkers", "unrecoverable")) {
            assertThat(after.get(count)).as("%s; seed %d", count, seed).isEqualTo(before.get(count));
        }
    }

    @Test
    void serveRecordsEveryUnit_replayAndDecodeReadTheFile() throws Exception {
        Path platform = Files.writeString(folder.resolve("both.json"), BOTH.formatted(MAPS));
        Path recording = folder.resolve("both.recording");
        String commands = """
                inject nic0 0x4846000 r
                inject uart 0x4847000 r
                inject nic0 0x10 r
                exit 0
                """;
        Command served = Command.feed(folder, commands, "serve", "--platform", platform, "--record", recording)
                .succeeded();
        assertThat(served.err()).contains("recorded 3 records in " + recording).doesNotContain("Exception");
        assertThat(records(recording))
                .extracting(record -> record.replaceFirst(" [0-9a-f]+$", ""))
                .containsExactly("dmar7 prq", "smmu3.7 evtq", "dmar7 prq");

        // The platform of the report has the devices and the process.
        Command replayed = iopf.run("replay", "--platform", platform, recording).succeeded();
        assertThat(replayed.out())
                .contains("both.recording: 3 records (recording) through dmar7 (vtd) and smmu3.7 (smmuv3)")
                .containsSubsequence("dmar7 (vtd)", "groups                        2", "smmu3.7 (smmuv3)");
        JsonObject json = iopf.run("replay", "--maps", MAPS, "--json", "-", recording)
                .succeeded()
                .json();
        List<JsonObject> units = json.getJsonArray("units").getValuesAs(JsonObject.class);
        assertThat(units).extracting(unit -> unit.getString("unit")).containsExactly("dmar7", "smmu3.7");
        assertThat(units)
                .extracting(unit -> unit.getJsonObject("responses").getInt("success"))
                .containsExactly(1, 1);
        assertThat(units)
                .extracting(unit -> unit.getJsonObject("responses").getInt("invalid"))
                .containsExactly(1, 0);
        Command decoded = iopf.run("decode", recording).succeeded();
        assertThat(decoded.out()).contains("dmar7", "smmu3.7", "00:02.0", "0x4846000", "0x4847000");
    }

    @Test
    void aProcessThatIsAskedToStop_leavesACompleteRecording() throws Exception {
        Path err = folder.resolve("err");
        Path recording = folder.resolve("served.recording");
        Process process = new ProcessBuilder(Command.line(
                        "serve",
                        "--no-shell",
                        "--platform",
                        Built.file("itests/samples/platform.json").toString(),
                        "--record",
                        recording.toString()))
                .directory(Built.file(".").toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(err.toFile())
                .start();
        try {
            await().atMost(START).until(() -> Files.readString(err).contains("serving 1 unit"));
            process.destroy(); // SIGTERM
            assertThat(process.waitFor(START.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(err)).contains("recorded 0 records").doesNotContain("Exception");
        } finally {
            process.destroyForcibly();
        }
        try (RecordingReader reader = new RecordingReader(TraceFile.open(recording))) {
            assertThat(reader.next()).isFalse();
            assertThat(reader.truncated()).isFalse();
        }
        iopf.run("replay", recording).refused(recording.toString(), "holds no record");
    }

    @Test
    void truncatedAndForeignFiles_andOptionsThatDontFit_areOneLine() throws Exception {
        Path recording = folder.resolve("a.recording");
        iopf.run("replay", "--record", recording, Built.file("itests/samples/sample.prq"))
                .succeeded();
        byte[] bytes = Files.readAllBytes(recording);
        Path cut = Files.write(folder.resolve("cut.recording"), Arrays.copyOf(bytes, bytes.length - 20));
        Command replayed = iopf.run("replay", cut).succeeded();
        assertThat(replayed.err())
                // A record's 32 bytes and, before these, its queue and its time in 2 to 11 bytes; 20 bytes are cut off.
                .containsPattern(
                        "cut.recording: truncated: processed 7,999 whole records, left out (1[4-9]|2[0-9]) bytes at the end");
        assertThat(iopf.run("decode", cut).succeeded().err()).contains("cut.recording: truncated");

        iopf.run("replay", "--speed", "0", recording.toString()).refused("--speed 0");
        iopf.run("replay", "--speed", "1", TRACE).refused("--speed", "lackey");
        iopf.run("replay", "--backend", "vtd", recording).refused("--backend", "recording");
        iopf.run("replay", "--record", recording, recording).refused("--record", "reads this file");
    }

    private static List<String> records(Path path) throws IOException {
        List<String> records = new ArrayList<>();
        try (RecordingReader reader = new RecordingReader(TraceFile.open(path))) {
            while (reader.next()) {
                byte[] record = new byte[reader.record().remaining()];
                reader.record().get(reader.record().position(), record);
                records.add(reader.queue().unit() + " " + reader.queue().format() + " "
                        + HexFormat.of().formatHex(record));
            }
            assertThat(reader.truncated()).isFalse();
        }
        return records;
    }
}
