// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Expected words are put together by hand from VT-d 4.1 §7.5. */
class PrqReportReaderTest {
    private static final String EVENT =
            "prq_report: dmar0/0000:00:0a.0 seq# 1: rid=0x50 addr=0x559ef6f97 r---- pasid=0x2 index=0x1";
    // Type 1, PASID present, requester id 0x50, PASID 2; READ, PRG index 1, address 0x559ef6f97000.
    private static final long[] WORDS = {0x0000_0002_0050_0101L, 0x0000_559e_f6f9_7009L, 0, 0};

    @TempDir
    Path folder;

    private boolean truncated;

    @Test
    void anEventBecomesTheDescriptorItWasPrintedFrom() throws IOException {
        assertThat(read(EVENT + "\n")).containsExactly(WORDS);
        assertThat(
                        read(
                                "prq_report: dmar1/0000:6a:01.0 seq# 2: rid=0xffff addr=0xfffffffffffff rwxpl pasid=0xfffff index=0x1ff"))
                .containsExactly(new long[] {0x003f_ffff_ffff_0101L, 0xffff_ffff_ffff_ffffL, 0, 0});
    }

    @Test
    void everyLetterIsItsBit() throws IOException {
        String text = "prq_report: d/e seq# 1: rid=0x0 addr=0x0 %s pasid=0x1 index=0x0\n";
        long word0 = 0x0000_0001_0000_0101L;
        assertThat(read(text.formatted("r----"))).containsExactly(new long[] {word0, 1, 0, 0});
        assertThat(read(text.formatted("-w---"))).containsExactly(new long[] {word0, 2, 0, 0});
        assertThat(read(text.formatted("--x--"))).containsExactly(new long[] {word0 | 1L << 52, 0, 0, 0});
        assertThat(read(text.formatted("---p-"))).containsExactly(new long[] {word0 | 1L << 53, 0, 0, 0});
        assertThat(read(text.formatted("----l"))).containsExactly(new long[] {word0, 4, 0, 0});
    }

    @Test
    void anyPrefixWillDoAndOtherLinesAreSkipped() throws IOException {
        assertThat(read("# tracer: nop\n\n"
                        + "  irq/31-dmar0-prq-412   [003] .....   812.104512: " + EVENT + "\r\n"
                        + "CPU:2 [LOST 23 EVENTS]\n"
                        + "Jan 01 00:00:00 host kernel: [812.1] " + EVENT + "\n"))
                .containsExactly(WORDS, WORDS);
    }

    @Test
    void pasidZeroIsNone() throws IOException {
        assertThat(read(EVENT.replace("pasid=0x2", "pasid=0x0")))
                .containsExactly(new long[] {0x0000_0000_0050_0001L, WORDS[1], 0, 0});
    }

    @Test
    void privateDataIsKept() throws IOException {
        assertThat(read(EVENT + " private=0x1234/0xffffffffffffffff\n" + EVENT + "\n"))
                .containsExactly(new long[] {WORDS[0] | 1 << 9, WORDS[1], 0x1234, -1}, WORDS);
    }

    @Test
    void aBrokenEventIsNamed() {
        for (String broken : List.of(
                EVENT.replace("r----", "r--q-"),
                EVENT.replace("index=0x1", "index=0x200"),
                EVENT.replace("rid=0x50", "rid=0x10000"),
                EVENT.replace("addr=0x559ef6f97", "addr=0x10000000000000"),
                EVENT.replace(" pasid=0x2", ""))) {
            assertThatThrownBy(() -> read(EVENT + "\n" + broken + "\n"))
                    .isInstanceOf(UnreadableInput.class)
                    .hasMessageContainingAll(folder.resolve("trace").toString(), "line 2", "prq_report")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void aTraceThatBreaksOffWithinAnEventIsTruncated() throws IOException {
        assertThat(read(EVENT + "\n" + EVENT.substring(0, EVENT.indexOf("pasid"))))
                .containsExactly(WORDS);
        assertThat(truncated).isTrue();
        assertThat(read(EVENT + "\n" + EVENT)).hasSize(2);
        assertThat(truncated).isFalse();
    }

    @Test
    void withoutOneEventAFileIsUnreadable() {
        assertThatThrownBy(() -> read("# tracer: nop\n\n"))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll("line 2", "prq_report");
    }

    private List<long[]> read(String text) throws IOException {
        List<long[]> records = new ArrayList<>();
        try (RecordSource source = RecordSource.open(
                TraceFile.open(Inputs.file(folder, "trace", Inputs.bytes(text))), TraceFormat.FTRACE)) {
            assertThat(source.format()).isEqualTo(TraceFormat.PRQ);
            while (source.next()) {
                long[] words = new long[4];
                source.record()
                        .duplicate()
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .asLongBuffer()
                        .get(words);
                records.add(words);
            }
            truncated = source.truncated();
        }
        return records;
    }
}
