// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.bus.RequestTap;
import io.pgfault.trace.Inputs;
import io.pgfault.trace.NamedUnit;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class RecordingTest {
    private static final Path FULL_DISK = Path.of("/dev/full");
    private static final Instant START = Instant.parse("2026-01-02T03:04:05.000000006Z");

    @TempDir
    Path folder;

    private final AtomicLong clock = new AtomicLong(-77);

    @Test
    void bytesAreThoseOfTheDescription() throws IOException {
        Path path = folder.resolve("a");
        try (RecordingWriter writer = RecordingWriter.create(path, clock::get, START)) {
            RequestTap tap = writer.tap(new NamedUnit("u", "vtd"));
            clock.addAndGet(0x102);
            tap.written("f", ByteBuffer.wrap(new byte[] {9, 7, 8, 9}, 1, 2));
            tap.written("f", ByteBuffer.wrap(new byte[] {5, 6}));
        }
        long start = 1_767_323_045_000_000_006L;
        assertThat(Files.readAllBytes(path))
                .isEqualTo(concat(
                        "IOPF".getBytes(StandardCharsets.US_ASCII),
                        new byte[] {1, 1, 0, 0},
                        Inputs.words(start),
                        new byte[] {-1, 0, 2, 0, 1, 'u', 3, 'v', 't', 'd', 1, 'f'},
                        new byte[] {0, 2, 2, 1, 7, 8},
                        new byte[] {0, 0, 5, 6},
                        new byte[] {-2},
                        Inputs.words(2)));
    }

    @Test
    void recordsOfSeveralUnitsComeBackInOrderWithTheirTimes() throws IOException {
        Random random = new Random(System.nanoTime());
        Path path = folder.resolve("a.bin");
        List<String> written = new ArrayList<>();
        long now = 0;
        try (RecordingWriter writer = RecordingWriter.create(path, clock::get, START)) {
            RequestTap[] taps = {
                writer.tap(new NamedUnit("dmar0", "vtd")), writer.tap(new NamedUnit("smmu3.0", "smmuv3"))
            };
            String[] formats = {"prq", "evtq", "priq", "iommufd"};
            int[] sizes = {32, 32, 16, 40};
            for (int i = 0; i < 20_000; i++) {
                int unit = random.nextInt(2);
                int format = random.nextInt(4);
                byte[] record = new byte[sizes[format]];
                random.nextBytes(record);
                long step = random.nextLong(1L << random.nextInt(1, 40));
                clock.addAndGet(step);
                now += step;
                taps[unit].written(formats[format], ByteBuffer.wrap(record));
                written.add("%s %s %d %s"
                        .formatted(
                                unit == 0 ? "dmar0 vtd" : "smmu3.0 smmuv3",
                                formats[format],
                                now,
                                HexFormat.of().formatHex(record)));
            }
            assertThat(writer.records()).isEqualTo(20_000);
        }
        try (TraceFile file = TraceFile.open(path)) {
            assertThat(TraceFormat.detect(file)).isEqualTo(TraceFormat.RECORDING);
        }
        try (RecordingReader reader = new RecordingReader(TraceFile.open(path))) {
            assertThat(all(reader)).containsExactlyElementsOf(written);
            assertThat(reader.truncated()).isFalse();
            assertThat(reader.start()).isEqualTo(START);
            assertThat(reader.queues()).hasSize(8);
        }
    }

    @Test
    void cutAnywhere_itIsReadToItsLastWholeRecord() throws IOException {
        byte[] whole = small();
        for (int length = 0; length < whole.length; length++) {
            RecordingReader reader = reader(Arrays.copyOf(whole, length));
            if (length < 16) {
                assertThatThrownBy(reader::next)
                        .as("cut after %d bytes", length)
                        .isInstanceOf(UnreadableInput.class)
                        .hasMessageContaining("is no recording")
                        .hasMessageNotContaining("\n");
                continue;
            }
            List<String> records = all(reader);
            assertThat(reader.truncated()).as("cut after %d bytes", length).isTrue();
            assertThat(records).as("cut after %d bytes", length).hasSizeLessThanOrEqualTo(2);
            assertThat(reader.records()).isEqualTo(records.size());
        }
        assertThat(all(reader(whole))).hasSize(2);
    }

    @Test
    void anotherVersion_andAForeignFile_areNamed() throws IOException {
        byte[] later = small();
        later[4] = 2;
        assertThatThrownBy(() -> reader(later).next())
                .isInstanceOf(UnreadableInput.class)
                .hasMessage("b.recording: is a recording of version 2, and this iopf reads version 1");
        assertThatThrownBy(() -> reader(new byte[100]).next()).hasMessageContaining("is no recording");
        byte[] accesses = small();
        accesses[5] = 0;
        assertThatThrownBy(() -> reader(accesses).next()).hasMessageContaining("is no recording");
    }

    @Test
    void whatNoWriterWrites_isDamaged() throws IOException {
        byte[] good = small();
        int queue = 16;
        int record = queue + 12;
        int end = good.length - 9;
        for (int[] change : new int[][] {
            {queue + 1, 1}, // the second queue is described first
            {queue + 2, 0}, // records of no byte
            {record, 3}, // of a queue that isn't described
            {record + 1, 9}, // a time of 9 bytes
            {end + 1, 3}, // the end mark counts a record more
        }) {
            byte[] bad = good.clone();
            bad[change[0]] = (byte) change[1];
            assertThatThrownBy(() -> all(reader(bad)))
                    .as("byte %d is %d", change[0], change[1])
                    .isInstanceOf(UnreadableInput.class)
                    .hasMessageMatching("b.recording: offset \\d+: .*the file is damaged");
        }
        assertThatThrownBy(() -> all(reader(Arrays.copyOf(good, good.length + 1))))
                .hasMessageContaining("bytes after the end mark");
    }

    @Test
    void randomDamage_neverEndsInAnythingButOneLine() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] good = small();
        for (int i = 0; i < 2_000; i++) {
            byte[] bad = good.clone();
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(all(reader(bad)).size()).as("seed %d", seed).isLessThan(bad.length);
            } catch (UnreadableInput e) {
                assertThat(e.getMessage()).as("seed %d", seed).doesNotContain("\n");
            }
        }
    }

    @Test
    void flushedRecordsAreInTheFileOfAProcessThatIsKilled_andNoneIsWrittenAfterClose() throws IOException {
        Path path = folder.resolve("a");
        RecordingWriter writer = RecordingWriter.create(path);
        RequestTap tap = writer.tap(new NamedUnit("u", "vtd"));
        tap.written("prq", ByteBuffer.allocate(32));
        writer.flush();
        RecordingReader killed = reader(Files.readAllBytes(path));
        assertThat(all(killed)).hasSize(1);
        assertThat(killed.truncated()).isTrue();
        writer.close();
        byte[] closed = Files.readAllBytes(path);
        tap.written("prq", ByteBuffer.allocate(32));
        writer.flush();
        writer.close();
        assertThat(Files.readAllBytes(path)).isEqualTo(closed);
        assertThat(all(reader(closed))).hasSize(1);
    }

    @Test
    @EnabledIf("hasFullDisk")
    void aFailureToWrite_isKeptForTheOwner_andNeverReachesTheUnit() throws IOException {
        RecordingWriter writer = RecordingWriter.create(FULL_DISK);
        RequestTap tap = writer.tap(new NamedUnit("u", "vtd"));
        for (int i = 0; i < 10_000; i++) {
            tap.written("prq", ByteBuffer.allocate(32));
        }
        assertThatThrownBy(writer::flush).isInstanceOf(IOException.class).hasMessageContaining(FULL_DISK.toString());
        assertThatThrownBy(writer::close).isInstanceOf(IOException.class).hasMessageContaining(FULL_DISK.toString());
    }

    static boolean hasFullDisk() {
        return Files.isWritable(FULL_DISK);
    }

    /** One queue, two records: of 12, 6 and 4 bytes after the header's 16. */
    private byte[] small() throws IOException {
        Path path = folder.resolve("small");
        try (RecordingWriter writer = RecordingWriter.create(path, clock::get, START)) {
            RequestTap tap = writer.tap(new NamedUnit("u", "vtd"));
            clock.addAndGet(0x102);
            tap.written("f", ByteBuffer.wrap(new byte[] {7, 8}));
            tap.written("f", ByteBuffer.wrap(new byte[] {5, 6}));
        }
        return Files.readAllBytes(path);
    }

    private static RecordingReader reader(byte[] bytes) throws IOException {
        return new RecordingReader(TraceFile.of("b.recording", new ByteArrayInputStream(bytes)));
    }

    private static List<String> all(RecordingReader reader) throws IOException {
        List<String> records = new ArrayList<>();
        while (reader.next()) {
            RecordedQueue queue = reader.queue();
            byte[] record = new byte[reader.record().remaining()];
            reader.record().get(reader.record().position(), record);
            records.add("%s %s %s %d %s"
                    .formatted(
                            queue.unit(),
                            queue.kind(),
                            queue.format(),
                            reader.nanos(),
                            HexFormat.of().formatHex(record)));
            assertThat(reader.records()).isEqualTo(records.size());
        }
        return records;
    }

    private static byte[] concat(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        Arrays.stream(parts).forEach(all::put);
        return all.array();
    }
}
