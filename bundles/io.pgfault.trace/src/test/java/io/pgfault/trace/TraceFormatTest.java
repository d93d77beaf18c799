// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import static io.pgfault.trace.TraceFormat.EVTQ;
import static io.pgfault.trace.TraceFormat.FTRACE;
import static io.pgfault.trace.TraceFormat.LACKEY;
import static io.pgfault.trace.TraceFormat.PRIQ;
import static io.pgfault.trace.TraceFormat.PRQ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFormatTest {
    private static final String LACKEY_TEXT = "==1== Lackey\n==1== banner\nI  0401ab70,3\n";
    private static final byte[] RECORDS = new byte[64];

    @TempDir
    Path folder;

    @Test
    void namesOnTheCommandLineRoundTrip() {
        for (TraceFormat format : TraceFormat.values()) {
            assertThat(TraceFormat.of(format.cliName())).contains(format);
        }
        assertThat(TraceFormat.of("PRQ")).isEmpty();
        assertThat(TraceFormat.cliNames())
                .isEqualTo("prq, evtq, priq, ftrace, dmesg, lackey, faults, addresses, iopf, recording");
    }

    @Test
    void recordSizesAreTheArchitectures() {
        assertThat(PRQ.recordSize()).isEqualTo(32);
        assertThat(EVTQ.recordSize()).isEqualTo(32);
        assertThat(PRIQ.recordSize()).isEqualTo(16);
        assertThat(LACKEY.raw()).isFalse();
    }

    @Test
    void binaryIsWhatTheNameSays() throws IOException {
        assertThat(detect(Inputs.file(folder, "a.prq", RECORDS))).isEqualTo(PRQ);
        assertThat(detect(Inputs.file(folder, "a.EVTQ", RECORDS))).isEqualTo(EVTQ);
        assertThat(detect(Inputs.gzip(folder, "a.priq.gz", RECORDS))).isEqualTo(PRIQ);
    }

    @Test
    void gzipIsUnwrappedWhateverTheName() throws IOException {
        assertThat(detect(Inputs.gzip(folder, "a.prq", RECORDS))).isEqualTo(PRQ);
        assertThat(detect(Inputs.gzip(folder, "trace", Inputs.bytes(LACKEY_TEXT))))
                .isEqualTo(LACKEY);
        assertThat(detect(Inputs.file(folder, "plain.gz", Inputs.bytes(LACKEY_TEXT))))
                .isEqualTo(LACKEY);
    }

    @Test
    void textSpeaksForItself() throws IOException {
        assertThat(detect(Inputs.file(folder, "noname", Inputs.bytes(LACKEY_TEXT))))
                .isEqualTo(LACKEY);
        assertThat(detect(Inputs.file(
                        folder,
                        "trace.txt",
                        Inputs.bytes(
                                "# tracer: nop\n irq/31-dmar0-prq [001] prq_report: dmar0/0000:00:0a.0 seq# 1\n"))))
                .isEqualTo(FTRACE);
        assertThat(detect(Inputs.file(
                        folder,
                        "messages",
                        Inputs.bytes("booting\n[ 1.0] arm-smmu-v3 arm-smmu-v3.1.auto: event 0x10 received:\n"))))
                .isEqualTo(TraceFormat.DMESG);
    }

    @Test
    void aNamedTextNeedsNoEvidenceInItsFirstLines() throws IOException {
        assertThat(detect(Inputs.file(folder, "a.lackey", Inputs.bytes("==1== a long banner\n"))))
                .isEqualTo(LACKEY);
        assertThat(detect(Inputs.file(folder, "a.ftrace", Inputs.bytes("# tracer: nop\n"))))
                .isEqualTo(FTRACE);
        assertThat(detect(Inputs.file(folder, "a.dmesg", Inputs.bytes("[    0.0] booting\n"))))
                .isEqualTo(TraceFormat.DMESG);
    }

    @Test
    void detectingTakesNothingFromTheFile() throws IOException {
        Path path = Inputs.file(folder, "noname", Inputs.bytes(LACKEY_TEXT));
        try (TraceFile file = TraceFile.open(path)) {
            TraceFormat.detect(file);
            byte[] read = new byte[1000];
            int n = file.read(read, 0, read.length);
            assertThat(new String(read, 0, n, java.nio.charset.StandardCharsets.UTF_8))
                    .isEqualTo(LACKEY_TEXT);
        }
    }

    @Test
    void whatIsOpenIsAskedFor() throws IOException {
        Path noName = Inputs.file(folder, "dump.bin", RECORDS);
        assertThatThrownBy(() -> detect(noName))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(noName.toString(), "binary", "--format", "prq, evtq, priq")
                .hasMessageNotContaining("\n");
        Path someText = Inputs.file(folder, "a.txt", Inputs.bytes("some text\n"));
        assertThatThrownBy(() -> detect(someText))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll("a.txt", "text", "--format");
    }

    @Test
    void nameAndContentThatContradictEachOtherAreNotGuessed() throws IOException {
        Path text = Inputs.file(folder, "a.prq", Inputs.bytes(LACKEY_TEXT));
        assertThatThrownBy(() -> detect(text)).hasMessageContainingAll("a.prq", "says prq", "is lackey", "--format");
        Path binary = Inputs.file(folder, "a.lackey", RECORDS);
        assertThatThrownBy(() -> detect(binary)).hasMessageContainingAll("a.lackey", "says lackey", "is binary");
    }

    @Test
    void emptyMissingAndForbiddenFilesAreSaidSo() throws IOException {
        Path empty = Inputs.file(folder, "empty.prq", new byte[0]);
        assertThatThrownBy(() -> detect(empty)).hasMessageContainingAll("empty.prq", "offset 0", "empty");
        Path missing = folder.resolve("missing.prq");
        assertThatThrownBy(() -> detect(missing))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(missing.toString(), "no such file");
        assertThatThrownBy(() -> detect(folder))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(folder.toString(), "is a directory");
    }

    private static TraceFormat detect(Path path) throws IOException {
        try (TraceFile file = TraceFile.open(path)) {
            return TraceFormat.detect(file);
        }
    }
}
