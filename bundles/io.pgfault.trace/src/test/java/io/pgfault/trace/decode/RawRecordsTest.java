// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.trace.Inputs;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.log.FaultLog;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Raw words by the layouts of the specifications: in dumps, and SMMUv3's in logs too. */
class RawRecordsTest {
    private static List<LogRecord> dump(TraceFormat format, long... words) throws IOException {
        List<LogRecord> records = new ArrayList<>();
        try (TraceFile file = TraceFile.of("dump", new ByteArrayInputStream(Inputs.words(words)))) {
            assertThat(new FaultLog(records::add).readDump(file, format, () -> {}))
                    .isFalse();
        }
        return records;
    }

    private static String fields(LogRecord record) {
        return record.fields().entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(" "));
    }

    private static Map<String, Object> sorted(LogRecord record) {
        return new LinkedHashMap<>(FaultLogsTest.plain(record));
    }

    /**
     * All events of IHI 0070, 7.3. Word 0: event 7:0, SSV 11, SubstreamID 31:12, StreamID 63:32; word 1 of an access:
     * STAG 15:0, Stall 31, PnU 33, InD 34, RnW 35, S2 39, class 41:40; word 2: input address; word 3: IPA, or fetch
     * address.
     */
    @ParameterizedTest
    @CsvSource({
        "01, F_UUT, input_addr=0x7f0000001040",
        "02, C_BAD_STREAMID, ''",
        "03, F_STE_FETCH, fetch_addr=0x123456780",
        "04, C_BAD_STE, ''",
        "05, F_BAD_ATS_TREQ, input_addr=0x7f0000001040",
        "06, F_STREAM_DISABLED, ''",
        "07, F_TRANSL_FORBIDDEN, input_addr=0x7f0000001040",
        "08, C_BAD_SUBSTREAMID, ''",
        "09, F_CD_FETCH, fetch_addr=0x123456780",
        "0a, C_BAD_CD, ''",
        "0b, F_WALK_EABT, access=read privilege=priv stage=1 input_addr=0x7f0000001040 fetch_addr=0x123456780",
        "10, F_TRANSLATION, stall=true stag=0x2a access=read privilege=priv stage=1 input_addr=0x7f0000001040",
        "11, F_ADDR_SIZE, stall=true stag=0x2a access=read privilege=priv stage=1 input_addr=0x7f0000001040",
        "12, F_ACCESS, stall=true stag=0x2a access=read privilege=priv stage=1 input_addr=0x7f0000001040",
        "13, F_PERMISSION, stall=true stag=0x2a access=read privilege=priv stage=1 input_addr=0x7f0000001040",
        "20, F_TLB_CONFLICT, access=read privilege=priv stage=1 input_addr=0x7f0000001040",
        "21, F_CFG_CONFLICT, ''",
        "24, E_PAGE_REQUEST, input_addr=0x7f0000001040",
        "25, F_VMS_FETCH, fetch_addr=0x123456780",
        "30, EVENT_0x30, ''",
        "e5, IMPDEF_EVENT_0xe5, ''"
    })
    void eachEventHasItsFields(String id, String name, String more) throws IOException {
        long[] words = {
            Integer.parseInt(id, 16) | 1L << 11 | 5L << 12 | 0x3501L << 32,
            0x2aL | 1L << 31 | 1L << 33 | 1L << 35 | 2L << 40,
            0x7f0000001040L,
            0x123456780L
        };
        String expected = "event=%s event_id=0x%x sid=0x3501 ssid=0x5%s"
                .formatted(name, Integer.parseInt(id, 16), more.isEmpty() ? "" : " " + more);
        // And a record that the architecture names: without such a record, a file is taken for another format.
        long[] two = Arrays.copyOf(words, 8);
        two[4] = 0x04;
        List<LogRecord> dumped = dump(TraceFormat.EVTQ, two);
        assertThat(dumped).hasSize(2);
        assertThat(fields(dumped.get(0))).isEqualTo(expected);
        assertThat(dumped.get(0).recoverable()).isEqualTo(more.startsWith("stall=true"));

        StringBuilder log = new StringBuilder("arm-smmu-v3 s: event 0x%s received:\n".formatted(id));
        for (long word : words) {
            log.append("arm-smmu-v3 s: \t0x%016x\n".formatted(word));
        }
        List<LogRecord> logged = Decoded.text(log.toString());
        assertThat(logged).hasSize(1);
        assertThat(sorted(logged.get(0))).isEqualTo(sorted(dumped.get(0)));
        assertThat(logged.get(0).raw()).isEqualTo(dumped.get(0).raw());
        assertThat(logged.get(0).complete()).isTrue();
    }

    @Test
    void stageTwoHasTheIntermediateAddress() throws IOException {
        LogRecord record = dump(
                        TraceFormat.EVTQ,
                        0x10L | 7L << 32,
                        1L << 34 | 1L << 35 | 1L << 39 | 2L << 40,
                        0x1040,
                        0x8000_1000L)
                .get(0);
        assertThat(fields(record))
                .contains("stall=false", "access=read", "stage=2", "instruction=true", "ipa=0x80001000");
        assertThat(record.recoverable()).isFalse();
    }

    /** IHI 0070, 8.1: StreamID 31:0, SubstreamID 51:32, X 59, R 60, W 61, last 62, SSV 63; PRG index 8:0, address. */
    @Test
    void pageRequestsOfSmmuv3() throws IOException {
        List<LogRecord> records = dump(
                TraceFormat.PRIQ,
                0x42L | 7L << 32 | 1L << 58 | 1L << 60 | 1L << 61 | 1L << 63,
                0x7f1234567000L | 13,
                0x43L | 1L << 62,
                0x7f1234568000L);
        assertThat(records)
                .extracting(RawRecordsTest::fields)
                .containsExactly(
                        "sid=0x42 ssid=0x7 prg_index=0xd last=false privilege=priv read=true write=true exec=false"
                                + " input_addr=0x7f1234567000",
                        "sid=0x43 prg_index=0x0 last=true privilege=unpriv read=false write=false exec=false"
                                + " input_addr=0x7f1234568000");
        assertThat(records).extracting(LogRecord::line).containsExactly(1L, 2L);
        assertThat(records.get(0).recoverable()).isTrue();
    }

    /** VT-d, page request descriptor: type 7:0, PASID present 8, requester id 31:16, PASID 51:32, exec 52, priv 53. */
    @Test
    void pageRequestsOfVtd() throws IOException {
        List<LogRecord> records = dump(
                TraceFormat.PRQ,
                0x01L | 1 << 8 | 0x3a10L << 16 | 5L << 32 | 1L << 52,
                0x7f0000001000L | 3 << 3 | 4 | 2,
                0,
                0,
                0x01L | 0x50L << 16,
                0x1000L | 1,
                0,
                0);
        assertThat(records)
                .extracting(RawRecordsTest::fields)
                .containsExactly(
                        "rid=0x3a10 pasid=0x5 read=false write=true exec=true priv=false last=true prg_index=0x3"
                                + " addr=0x7f0000001000",
                        "rid=0x50 read=true write=false exec=false priv=false last=false prg_index=0x0 addr=0x1000");
        assertThat(records).extracting(LogRecord::device).containsExactly("3a:02.0", "00:0a.0");
        assertThat(records).allMatch(LogRecord::recoverable);
    }
}
