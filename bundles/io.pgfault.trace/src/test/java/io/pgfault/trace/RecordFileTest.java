// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordFileTest {
    private record Content(List<byte[]> records, boolean truncated, long trailingBytes) {}

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"PRQ", "EVTQ", "PRIQ"})
    void recordsComeAsTheyAre(TraceFormat format) throws IOException {
        long seed = System.nanoTime();
        byte[] bytes = records(format, 5_000, seed);
        for (Path path : List.of(Inputs.file(folder, "plain", bytes), Inputs.gzip(folder, "packed", bytes))) {
            Content content = read(path, format);
            assertThat(content.records()).as("seed %d", seed).hasSize(5_000);
            for (int i = 0; i < 5_000; i++) {
                int from = i * format.recordSize();
                assertThat(content.records().get(i))
                        .as("seed %d, record %d", seed, i)
                        .isEqualTo(Arrays.copyOfRange(bytes, from, from + format.recordSize()));
            }
            assertThat(content.truncated()).isFalse();
            assertThat(content.trailingBytes()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PRQ", "EVTQ", "PRIQ"})
    void aTruncatedDumpIsReadToItsLastWholeRecord(TraceFormat format) throws IOException {
        byte[] bytes = Arrays.copyOf(records(format, 3, 1), 3 * format.recordSize() - 5);
        Content content = read(Inputs.file(folder, "cut", bytes), format);
        assertThat(content.records()).hasSize(2);
        assertThat(content.truncated()).isTrue();
        assertThat(content.trailingBytes()).isEqualTo(format.recordSize() - 5);
    }

    @Test
    void aDumpWhoseCompressedDataIsCutIsReadAsFarAsItGoes() throws IOException {
        byte[] packed = Inputs.gzip(records(TraceFormat.PRQ, 5_000, 1));
        Path path = Inputs.file(folder, "cut.gz", Arrays.copyOf(packed, packed.length / 2));
        Content content = read(path, TraceFormat.PRQ);
        assertThat(content.truncated()).isTrue();
        assertThat(content.records()).hasSizeBetween(1, 4_999);
    }

    @Test
    void aDumpWhoseCompressedDataIsDamagedIsUnreadable() throws IOException {
        byte[] packed = Inputs.gzip(records(TraceFormat.PRQ, 5_000, 1));
        packed[packed.length - 5] ^= 0x11;
        Path path = Inputs.file(folder, "bad.gz", packed);
        assertThatThrownBy(() -> read(path, TraceFormat.PRQ))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(path.toString(), "offset", "gzip");
    }

    @ParameterizedTest
    @EnumSource(names = {"PRQ", "EVTQ", "PRIQ"})
    void withoutOneWholeRecordAFileIsUnreadable(TraceFormat format) throws IOException {
        Path path = Inputs.file(folder, "short", new byte[format.recordSize() - 1]);
        assertThatThrownBy(() -> read(path, format))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(path.toString(), "offset", format.cliName());
    }

    @Test
    void withoutOnePageRequestDescriptorAPrqFileIsUnreadable() throws IOException {
        Path text = Inputs.file(folder, "text", Inputs.bytes("I  0401ab70,3\n".repeat(100)));
        assertThatThrownBy(() -> read(text, TraceFormat.PRQ))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(text.toString(), "offset 1400", "prq", "type 1");
        Path one = Inputs.file(folder, "one", Inputs.words(2, 0, 0, 0, 1, 0, 0, 0));
        assertThat(read(one, TraceFormat.PRQ).records()).hasSize(2);
    }

    @Test
    void withoutOneKnownEventAnEvtqFileIsUnreadable() throws IOException {
        Path unknown = Inputs.file(folder, "unknown", Inputs.words(0xff, 0, 0, 0, 0x00, 0, 0, 0));
        assertThatThrownBy(() -> read(unknown, TraceFormat.EVTQ))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(unknown.toString(), "offset 64", "evtq");
        Path one = Inputs.file(folder, "one", Inputs.words(0xff, 0, 0, 0, 0x10, 0, 0, 0));
        assertThat(read(one, TraceFormat.EVTQ).records()).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"LACKEY", "FAULTS", "ADDRESSES", "IOPF", "RECORDING"})
    void aFormatWithoutRecordsForARingIsRefused(TraceFormat format) throws IOException {
        Path path = Inputs.file(folder, "kern.log", Inputs.bytes("text\n"));
        assertThatThrownBy(() -> read(path, format))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(path.toString(), format.cliName());
    }

    /** Random records with a type byte that every format accepts. */
    private static byte[] records(TraceFormat format, int count, long seed) {
        byte[] bytes = new byte[count * format.recordSize()];
        new Random(seed).nextBytes(bytes);
        for (int i = 0; i < bytes.length; i += format.recordSize()) {
            bytes[i] = 1;
        }
        return bytes;
    }

    private static Content read(Path path, TraceFormat format) throws IOException {
        List<byte[]> records = new ArrayList<>();
        try (RecordSource source = RecordSource.open(TraceFile.open(path), format)) {
            while (source.next()) {
                assertThat(source.record().remaining()).isEqualTo(format.recordSize());
                byte[] record = new byte[format.recordSize()];
                source.record().get(source.record().position(), record);
                records.add(record);
            }
            assertThat(source.records()).isEqualTo(records.size());
            return new Content(records, source.truncated(), source.trailingBytes());
        }
    }
}
