// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines as kernels print them; expected words are those in the lines. */
class EventLogReaderTest {
    private static final String EVENT = """
            [382663.191495] arm-smmu-v3 arm-smmu-v3.2.auto: event 0x10 received:
            [382663.336320] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000350100000010
            [382663.349860] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x000002088000003f
            [382663.362217] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x00000000a50e0800
            [382663.370690] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000000000000000
            """;
    private static final long[] WORDS = {0x0000_3501_0000_0010L, 0x0000_0208_8000_003fL, 0xa50e_0800L, 0};
    private static final String OTHER = """
            [  118.912433] arm-smmu-v3 fc900000.iommu: event 0x02 received:
            [  118.912965] arm-smmu-v3 fc900000.iommu:      0xffff000000000002
            [  118.913508] arm-smmu-v3 fc900000.iommu:      0x0000020000000000
            [  118.914018] arm-smmu-v3 fc900000.iommu:      0x0000ffffff90f040
            [  118.914534] arm-smmu-v3 fc900000.iommu:      0x0000000000000001
            """;
    private static final long[] OTHER_WORDS = {0xffff_0000_0000_0002L, 0x0200_0000_0000L, 0xffff_ff90_f040L, 1};

    @TempDir
    Path folder;

    private long incomplete;

    @Test
    void fourLinesBecomeTheRecordTheyWerePrintedFrom() throws IOException {
        assertThat(read(EVENT)).containsExactly(WORDS);
        assertThat(read("E" + EVENT.replace("\n", "\r\n"))).containsExactly(WORDS);
        assertThat(incomplete).isZero();
    }

    @Test
    void anyPrefixWillDoAndOtherLinesAreSkipped() throws IOException {
        String log = "Jan 01 00:00:00 host kernel: booting\n"
                + EVENT.replace("[", "Nov 02 10:00:01 host kernel: [")
                        .replace("\n", "\nusb 1-1: new device 0x0000000000000001\n")
                + "fc900000.iommu: event: F_TRANSLATION client: 0002:21:00.0 sid: 0x2100 ssid: 0x0 iova: 0x0 ipa: 0x0\n"
                + "fc900000.iommu: unpriv data write s1 \"Input address caused fault\" stag: 0x0\n"
                + "event 0x10 received:\n0x0000350100000010\n 0x000002088000003f\n\t0x00000000a50e0800\n0x0000000000000000\n";
        assertThat(read(log)).containsExactly(WORDS, WORDS);
        assertThat(incomplete).isZero();
    }

    @Test
    void unitsThatPrintAtTheSameTimeAreToldApart() throws IOException {
        String[] first = EVENT.split("\n");
        String[] second = OTHER.split("\n");
        StringBuilder log = new StringBuilder();
        for (int i = 0; i < first.length; i++) {
            log.append(first[i]).append('\n').append(second[i]).append('\n');
        }
        assertThat(read(log.toString())).containsExactly(WORDS, OTHER_WORDS);
        assertThat(incomplete).isZero();
    }

    @Test
    void anEventThatLacksWordsIsLeftOutAndCounted() throws IOException {
        String cut = EVENT.substring(0, EVENT.lastIndexOf('['));
        assertThat(read(cut + EVENT + OTHER)).containsExactly(WORDS, OTHER_WORDS);
        assertThat(incomplete).isEqualTo(1);
        assertThat(read(OTHER + cut)).containsExactly(OTHER_WORDS);
        assertThat(incomplete).isEqualTo(1);
    }

    @Test
    void wordsOfTwoEventsAreNoRecord() throws IOException {
        // The line that begins the second event was lost, and the last word of the first.
        String mixed = EVENT.substring(0, EVENT.indexOf('\n') + 1)
                + OTHER.substring(OTHER.indexOf('\n') + 1).replace("fc900000.iommu", "arm-smmu-v3.2.auto");
        assertThat(read(mixed + EVENT)).containsExactly(WORDS);
        assertThat(incomplete).isEqualTo(1);
    }

    @Test
    void withoutOneEventAFileIsUnreadable() {
        assertThatThrownBy(() -> read("[ 0.0] booting\n[ 1.0] arm-smmu-v3 2b400000.iommu: event 0x10 received:\n"))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll("line 2", "SMMUv3 event")
                .hasMessageNotContaining("\n");
    }

    private List<long[]> read(String text) throws IOException {
        List<long[]> records = new ArrayList<>();
        try (RecordSource source =
                RecordSource.open(TraceFile.open(Inputs.file(folder, "log", Inputs.bytes(text))), TraceFormat.DMESG)) {
            assertThat(source.format()).isEqualTo(TraceFormat.EVTQ);
            while (source.next()) {
                long[] words = new long[4];
                source.record()
                        .duplicate()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asLongBuffer()
                        .get(words);
                records.add(words);
            }
            assertThat(source.records()).isEqualTo(records.size());
            assertThat(source.truncated()).isFalse();
            incomplete = source.incomplete();
        }
        return records;
    }
}
