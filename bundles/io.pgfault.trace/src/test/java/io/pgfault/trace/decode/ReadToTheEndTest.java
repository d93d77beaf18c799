// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.log.FaultLog;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a message says beyond its fields, and messages that come in pieces. */
class ReadToTheEndTest {
    private static final String UNIT = "arm-smmu-v3 arm-smmu-v3.2.auto: ";
    private static final List<String> WORDS =
            List.of("0x0000350100000010", "0x000002088000003f", "0x00000000a50e0800", "0x0000000000000000");

    private static LogRecord one(String text) {
        List<LogRecord> records = Decoded.text(text);
        assertThat(records).as(text).hasSize(1);
        return records.get(0);
    }

    private static String causes(LogRecord record) {
        return String.join("; ", record.causes().stream().map(Cause::cause).toList());
    }

    private static String event(List<String> words) {
        StringBuilder text = new StringBuilder(UNIT + "event 0x10 received:\n");
        words.forEach(word -> text.append(UNIT).append('\t').append(word).append('\n'));
        return text.toString();
    }

    // SMMUv3

    @ParameterizedTest
    @CsvSource({
        "'0x00003501 0x00000010', '0x00000208 0x8000003f', '0x00000000 0xa50e0800', '0x00000000 0x00000000'",
        "'0x00003501_00000010', '0x00000208_8000003f', '0x00000000_a50e0800', '0x00000000_00000000'",
        "'0x00003501 00000010', '0x00000208 8000003f', '0x00000000 a50e0800', '0x00000000 00000000'",
        "0x0000350100000010], 0x000002088000003f], 0x00000000a50e0800], 0x0000000000000000]"
    })
    void wordsInHalvesOrWithABracketBehind_areTheWords(String a, String b, String c, String d) {
        LogRecord record = one(event(List.of(a, b, c, d)));
        assertThat(record.complete()).isTrue();
        assertThat(record.text("sid")).isEqualTo("0x3501");
        assertThat(record.text("input_addr")).isEqualTo("0xa50e0800");
        assertThat(record.raw().orElseThrow().hex()).containsExactlyElementsOf(WORDS);
    }

    /** Four words in four lines that no line announces: the fields, incomplete, and why. */
    @Test
    void wordsWithoutHeader_giveTheFieldsIncomplete() {
        String words = event(WORDS).substring(event(WORDS).indexOf('\n') + 1);
        LogRecord record = one("something else\n" + words);
        assertThat(record.complete()).isFalse();
        assertThat(record.raw()).isEmpty();
        assertThat(record.text("event")).isEqualTo("F_TRANSLATION");
        assertThat(record.text("input_addr")).isEqualTo("0xa50e0800");
        assertThat(record.notes()).anyMatch(note -> note.contains("announces the event is missing"));
    }

    /** The words of a command that the driver skips are no event, nor are fewer than four, nor words apart. */
    @Test
    void otherWordsWithoutHeader_areNoEvent() {
        String skipped = UNIT + "skipping command in error state:\n" + UNIT + "\t0x0000000000000004\n" + UNIT
                + "\t0x0000000000000001\n";
        assertThat(Decoded.text(skipped + skipped)).isEmpty();
        String words = event(WORDS).substring(event(WORDS).indexOf('\n') + 1);
        String[] lines = words.split("\n");
        assertThat(Decoded.text(lines[0] + "\n" + lines[1] + "\n" + lines[2] + "\n"))
                .isEmpty();
        assertThat(Decoded.text(
                        lines[0] + "\n" + lines[1] + "\nother\n" + lines[2] + "\n" + lines[3] + "\n" + lines[3] + "\n"))
                .isEmpty();
    }

    /** The lines don't say which of the four words is missing, unless it is the first: only the first word is sure. */
    @Test
    void threeWordsOfFour_giveWhatIsCertain() {
        IntStream.range(1, 4).forEach(lost -> {
            List<String> three = IntStream.range(0, 4)
                    .filter(i -> i != lost)
                    .mapToObj(WORDS::get)
                    .toList();
            LogRecord record = one(event(three));
            assertThat(record.complete()).isFalse();
            assertThat(record.raw()).isEmpty();
            assertThat(record.text("event")).isEqualTo("F_TRANSLATION");
            assertThat(record.text("sid")).isEqualTo("0x3501");
            assertThat(record.has("input_addr")).isFalse();
        });
    }

    @Test
    void recordOfZeros_isNoEvent() {
        LogRecord record = one(UNIT + "event 0x00 received:\n" + (UNIT + "\t0x0000000000000000\n").repeat(4));
        assertThat(record.notes().get(0)).contains("empty record", "nothing was aborted");
        assertThat(record.causes()).isEmpty();
        assertThat(record.recoverable()).isFalse();
    }

    /** CLASS of an event, word 1 bits 41:40 (IHI 0070 F.b §7.3): CD and TTD are fetches of the unit, IN a DMA. */
    @ParameterizedTest
    @CsvSource({"0x0000000800000000, CD", "0x0000010800000000, TTD", "0x0000020800000000, ''"})
    void fetchOfTheUnit_isNoStaleDma(String word1, String fetched) {
        LogRecord record = one(event(List.of(WORDS.get(0), word1, WORDS.get(2), WORDS.get(3))));
        if (fetched.isEmpty()) {
            assertThat(causes(record)).contains("stale DMA");
        } else {
            assertThat(record.notes().get(0)).contains("CLASS=" + fetched);
            assertThat(causes(record)).doesNotContain("stale DMA").contains("not a DMA");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ATC invalidate timeout, didn't answer, noats",
        "Illegal command, doesn't know, coherent",
        "Abort on command fetch, can't read its command queue, memory"
    })
    void failedCommand_hasReasonCauseAndNextStep(String reason, String cause, String next) {
        LogRecord record = one(UNIT + "CMDQ error (cons 0x030120f3): " + reason + "\n");
        assertThat(record.text("error")).isEqualTo("CMDQ error: " + reason);
        assertThat(causes(record)).contains(cause);
        assertThat(record.causes().get(0).check()).contains(next);
    }

    // Messages that the kernel left out

    private static FaultLog read(String text, List<LogRecord> records) throws IOException {
        FaultLog log = new FaultLog(records::add);
        try (TraceFile in = TraceFile.of("x", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))) {
            log.readText(in, () -> {});
        }
        return log;
    }

    @Test
    void suppressedMessages_areANoteOfTheNextRecord() throws IOException {
        List<LogRecord> records = new java.util.ArrayList<>();
        FaultLog log = read(
                event(WORDS) + "[  5.0] arm_smmu_evtq_thread: 123 callbacks suppressed\n"
                        + "[  5.1] net_ratelimit: 7 callbacks suppressed\n" + event(WORDS),
                records);
        assertThat(records).hasSize(2).allMatch(LogRecord::complete);
        assertThat(records.get(0).notes()).isEmpty();
        assertThat(records.get(1).notes())
                .singleElement()
                .satisfies(note -> assertThat(note).startsWith("123 messages").contains("arm_smmu_evtq_thread"));
        assertThat(log.suppressed()).isEqualTo(123);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dmar_fault: 3 callbacks suppressed", "amd_iommu_int_thread: 12 callbacks suppressed"})
    void suppressedMessagesAlone_giveNoRecordAndAreCounted(String line) throws IOException {
        List<LogRecord> records = new java.util.ArrayList<>();
        assertThat(read(line + "\n", records).suppressed()).isPositive();
        assertThat(records).isEmpty();
    }

    // VT-d

    /** Since Linux 6.1 the reason stands in a line of its own before the request. */
    @Test
    void pageRequestInPrivilegeMode_isOneRecordWithItsReason() {
        LogRecord record = one("""
                DMAR: IOMMU: dmar0: Page request in Privilege Mode
                DMAR: dmar0: Invalid page request: 053a110101 7f0000001005
                """);
        assertThat(record.complete()).isTrue();
        assertThat(record.line()).isEqualTo(1);
        assertThat(record.text("problem")).isEqualTo("Page request in Privilege Mode");
        assertThat(record.text("rid")).isEqualTo("0x3a11");
        assertThat(record.device()).isEqualTo("3a:02.1");
        assertThat(record.raw()).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "DMAR: IOMMU: dmar0: Page request in Privilege Mode, Page request in Privilege Mode, dmar0",
        "DMAR: IOMMU: dmar7: Page request without PASID, Page request without PASID, dmar7",
        "DMAR: IOMMU: dmar0: Execution request not supported, Execution request not supported, dmar0",
        "DMAR: IOMMU: dmar0: Address is not canonical, Address is not canonical, dmar0",
        "DMAR: Unexpected page request in Privilege Mode, Page request in Privilege Mode, ''"
    })
    void reasonOfARefusedPageRequest_standsAlone(String line, String problem, String unit) {
        LogRecord record = one("[  180.187556] " + line + "\n");
        assertThat(record.type()).isEqualTo(RecordType.INVALID_PAGE_REQUEST);
        assertThat(record.text("problem")).isEqualTo(problem);
        assertThat(record.text("iommu")).isEqualTo(unit);
    }

    /** Requests of two units are told apart, and a request without its reason is a record too. */
    @Test
    void reasonsOfTwoUnits_stayWithTheirRequests() {
        List<LogRecord> records = Decoded.text("""
                DMAR: IOMMU: dmar0: Page request in Privilege Mode
                DMAR: IOMMU: dmar1: Address is not canonical
                DMAR: dmar1: Invalid page request: 053a110101 7f0000001005
                DMAR: dmar0: Invalid page request: 053a120101 7f0000001005
                DMAR: dmar0: Invalid page request: 053a130101 7f0000001005
                """);
        assertThat(records)
                .extracting(r -> r.text("problem") + r.text("iommu"))
                .containsExactly("Page request in Privilege Modedmar0", "Address is not canonicaldmar1", "dmar0");
        assertThat(records).extracting(LogRecord::device).containsExactly("3a:02.2", "3a:02.1", "3a:02.3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "> DMAR: DRHD: handling fault status\n> reg 3\n",
                "> DMAR: DRHD: handling fault\n> status reg 3\n",
                "DMAR: DRHD: handling\nfault status reg 3\n",
                "> > [   12.345678] DMAR: DRHD: handling fault status reg\n> > 3\n"
            })
    void faultStatusWrappedByAMailProgram_isRead(String text) {
        LogRecord record = one(text);
        assertThat(record.type()).isEqualTo(RecordType.FAULT_STATUS);
        assertThat(record.text("status")).isEqualTo("0x3");
        assertThat(record.line()).isEqualTo(1);
    }

    @Test
    void invalidationTimeOut_namesTheDeviceOfTheDescriptor() {
        List<LogRecord> records = Decoded.text("""
                DMAR: VT-d detected Invalidation Time-out Error: SID 0
                DMAR: QI HEAD: Device-TLB Invalidation qw0 = 0x5300530000000003, qw1 = 0x7ffffffffffff001
                """);
        assertThat(records).extracting(LogRecord::device).containsExactly("unknown", "53:00.0");
    }

    // AMD

    @Test
    void completionWaitTimedOut_saysWhatToCheck() {
        LogRecord record = one("AMD-Vi: Completion-Wait loop timed out\n");
        assertThat(record.notes().get(0)).contains("didn't complete a command in time");
        assertThat(causes(record)).contains("ATS", "hangs");
        assertThat(record.causes().get(0).check()).contains("IOTLB_INV_TIMEOUT", "pci=noats");
    }

    @Test
    void addressOfACommand_isSaidToBeOne() {
        LogRecord record = one("AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=01:00.0 address=0x216d8e620]\n");
        assertThat(record.notes()).containsExactly("the address is the command's in the command buffer, not a DMA's");
        assertThat(causes(record)).contains("doesn't answer").doesNotContain("stale");
    }

    /** The flags of each event in words (AMD I/O Virtualization 3.08 §2.5). */
    @ParameterizedTest
    @CsvSource({
        "IO_PAGE_FAULT, 0x0020, 'write (RW), no page is present'",
        "IO_PAGE_FAULT, 0x0050, 'read, the page is present (PR), the page doesn''t grant the access (PE)'",
        "IO_PAGE_FAULT, 0x0008, interrupt request (I)",
        "ILLEGAL_DEV_TABLE_ENTRY, 0x0080, 'read, a reserved bit or an illegal encoding in a table entry (RZ)'",
        "ILLEGAL_DEV_TABLE_ENTRY, 0x0180, 'the device asked for a translation (ATS request, TR)'",
        "PAGE_TAB_HARDWARE_ERROR, 0x0400, target abort",
        "DEV_TAB_HARDWARE_ERROR, 0x0200, master abort",
        "INVALID_DEVICE_REQUEST, 0x0a00, IntCtl=00b",
        "INVALID_PPR_REQUEST, 0x0101, guest address (GN)"
    })
    void flagsAreWords(String event, String flags, String words) {
        LogRecord record = one("AMD-Vi: Event logged [" + event
                + " device=05:00.0 domain=0x000c address=0xffffffc1c0 flags=" + flags + "]\n");
        assertThat(record.notes()).singleElement().satisfies(note -> assertThat(note)
                .startsWith("flags " + flags + ": ")
                .contains(words));
    }

    /** Of a device without a domain a permission isn't the only thing that can be wrong. */
    @Test
    void domainZero_isACauseOfItsOwn() {
        LogRecord record = one(
                "AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x0000 address=0x92050de0 flags=0x0070]\n");
        assertThat(record.causes()).hasSizeGreaterThan(1);
        assertThat(record.causes().get(0).cause()).contains("domain 0");
    }

    @Test
    void eventSplitOverLines_isRead() {
        LogRecord record = one("""
                AMD-Vi: Event logged [
                IO_PAGE_FAULT device=05:00.0 domain=0x000c
                address=0xffffffc1c0 flags=0x0020]
                """);
        assertThat(record.complete()).isTrue();
        assertThat(record.text("address")).isEqualTo("0xffffffc1c0");
    }

    // iommu:io_page_fault beside iommu:map and iommu:unmap

    private static final String FAULT =
            "irq/26-1 [006] ..... 327.753942: io_page_fault: IOMMU:x 0000:c2:00.0 iova=0x00000000fe980040 flags=0x000";

    @Test
    void faultAfterUnmap_isStaleDma() {
        LogRecord record = one("""
                x-1 [001] ..... 327.700000: map: IOMMU: iova=0x00000000fe980000 - 0x00000000fe981000 paddr=0x0000000123456000 size=4096
                x-1 [001] ..... 327.747842: unmap: IOMMU: iova=0x00000000fe980000 - 0x00000000fe981000 size=4096 unmapped_size=4096
                """ + FAULT + "1\n");
        assertThat(record.notes())
                .containsExactly(
                        "flags 0x0001: a write", "unmapped 6.1 ms before the fault (0x1000 bytes at 0xfe980000)");
        assertThat(causes(record)).contains("stale DMA after unmap");
    }

    @Test
    void faultInAMapping_isNoStaleDma() {
        LogRecord record = one("""
                x-1 [001] ..... 327.700000: map: IOMMU: iova=0x00000000fe980000 - 0x00000000fe990000 paddr=0x0000000123456000 size=65536
                x-1 [001] ..... 327.747842: unmap: IOMMU: iova=0x00000000fe990000 - 0x00000000fe991000 size=4096 unmapped_size=4096
                """ + FAULT + "0\n");
        assertThat(record.notes().get(0)).isEqualTo("flags 0x0000: a read");
        assertThat(record.notes().get(1)).startsWith("mapped 53.9 ms before the fault and not unmapped since");
        assertThat(causes(record)).startsWith("the address is mapped").doesNotContain("stale");
    }

    @Test
    void faultOfAnAddressThatWasNeverMapped_isSaidToBe() {
        LogRecord record = one("""
                x-1 [001] ..... 327.700000: map: IOMMU: iova=0x00000000fe900000 paddr=0x0000000123456000 size=4096
                """ + FAULT + "0\n");
        assertThat(record.notes().get(1)).startsWith("never mapped");
        assertThat(causes(record)).contains("never mapped").doesNotContain("stale");
    }

    @Test
    void traceWithoutMappings_saysNothingOfThem() {
        LogRecord record = one(FAULT + "1\n");
        assertThat(record.notes()).containsExactly("flags 0x0001: a write");
        assertThat(causes(record)).contains("stale DMA");
    }

    // SMMUv2

    @Test
    void globalFault_hasItsBitsInWords() {
        LogRecord record = one(
                "arm-smmu 15000000.iommu: \tGFSR 0x80000002, GFSYNR0 0x00000000, GFSYNR1 0x00000880, GFSYNR2 0x00000000\n");
        assertThat(record.notes().get(0)).contains("(USF)", "(GMULTI)");
    }

    // Rockchip: what the driver found in the tables

    private static final String RK = "rk_iommu fe043e00.iommu: ";

    @ParameterizedTest
    @CsvSource({
        "1, 1, the tables have a valid page, mapped after the access",
        "1, 0, the table has no page, stale DMA",
        "0, 0, the directory has no table, stale DMA"
    })
    void tablesOfAFault_tellWhetherThePageWasThere(int dte, int pte, String note, String cause) {
        LogRecord record = one(RK + "Page fault at 0x00000000ff801000 of type read\n" + RK
                + "iova = 0x00000000ff801000: dte_index: 0x3fe pte_index: 0x1 page_offset: 0x0\n" + RK
                + "mmu_dte_addr: 0x000000010189a000 dte@0x000000010189aff8: 0x1722101 valid: " + dte
                + " pte@0x0000000101722004: 0x2c01107 valid: " + pte + " page@0x0000000102c01000 flags: 0x106\n");
        assertThat(String.join("; ", record.notes())).contains(note);
        assertThat(causes(record)).contains(cause);
    }

    /** A message that is wrapped and ends in a number is whole if the next line doesn't go on with digits. */
    @Test
    void wrappedMessageThatEndsInANumber_isWhole() {
        String text = """
                apple-dart 285800000.iommu: translation fault: status:0x80040008 stream:0
                code:0x8 (NO PTE FOR IOVA) at 0x28e084008
                """;
        assertThat(one(text + "something else\n").complete()).isTrue();
        assertThat(one(text).complete()).isTrue();
        assertThat(one(text + "80\n").complete()).isFalse();
        assertThat(one(text.strip()).complete()).isFalse();
    }

    // Times

    @ParameterizedTest
    @CsvSource({
        "[  129.597852] , BOOT, 129.597852",
        "May  6 08:37:36 host kernel: , WALL, May  6 08:37:36",
        "May 26 08:37:36 host kernel: [  129.597852] , WALL, May 26 08:37:36",
        "2026-05-26T08:37:36.123456+02:00 host kernel: , WALL, 2026-05-26T08:37:36.123456",
        "[Tue May 26 08:41:07 2026] , WALL, May 26 08:41:07 2026",
        "'3,1234,5678901,-;', BOOT, 5678901 us",
        "'', , "
    })
    void timeOfARecordIsTheLines(String before, LogTime.Clock clock, String text) {
        LogRecord record = one(before + "DMAR: VT-d detected Invalidation Time-out Error: SID 3a18\n");
        assertThat(record.time().map(LogTime::clock).orElse(null)).isEqualTo(clock);
        assertThat(record.time().map(LogTime::text).orElse(null)).isEqualTo(text);
    }

    @Test
    void timesAreMicroseconds() {
        assertThat(one("[  129.597852] AMD-Vi: Completion-Wait loop timed out\n")
                        .time()
                        .orElseThrow()
                        .micros())
                .isEqualTo(129_597_852);
        assertThat(one("1970-01-02T00:00:01.5 AMD-Vi: Completion-Wait loop timed out\n")
                        .time()
                        .orElseThrow()
                        .micros())
                .isEqualTo(86_401_500_000L);
        assertThat(one("{\"__REALTIME_TIMESTAMP\":\"1700000000000001\",\"MESSAGE\":\"AMD-Vi: Completion-Wait loop timed"
                                + " out\"}\n")
                        .time()
                        .orElseThrow()
                        .micros())
                .isEqualTo(1_700_000_000_000_001L);
    }
}
