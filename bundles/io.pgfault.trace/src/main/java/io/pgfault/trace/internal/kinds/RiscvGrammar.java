// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.MessageScanner;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.CauseRules;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The fault queue of a RISC-V IOMMU, as the driver logs it; the device id is decimal where it has no {@code 0x}:
 *
 * <pre>
 * Fault 15 devid: 0x10 iotval: 82d00000 iotval2: 0
 * </pre>
 */
public final class RiscvGrammar implements LogGrammar {
    private static final String FAULT = "Fault ";
    private static final String DEVICE = " devid: ";
    private static final int CAUSE_DIGITS = 4;
    private static final Map<Integer, String> CAUSES = new TreeMap<>();

    static {
        CAUSES.put(1, "Instruction access fault");
        CAUSES.put(4, "Read address misaligned");
        CAUSES.put(5, "Read access fault");
        CAUSES.put(6, "Write/AMO address misaligned");
        CAUSES.put(7, "Write/AMO access fault");
        CAUSES.put(12, "Instruction page fault");
        CAUSES.put(13, "Read page fault");
        CAUSES.put(15, "Write/AMO page fault");
        CAUSES.put(20, "Instruction guest page fault");
        CAUSES.put(21, "Read guest-page fault");
        CAUSES.put(23, "Write/AMO guest-page fault");
        CAUSES.put(256, "All inbound transactions disallowed");
        CAUSES.put(257, "DDT entry load access fault");
        CAUSES.put(258, "DDT entry not valid");
        CAUSES.put(259, "DDT entry misconfigured");
        CAUSES.put(260, "Transaction type disallowed");
        CAUSES.put(261, "MSI PTE load access fault");
        CAUSES.put(262, "MSI PTE not valid");
        CAUSES.put(263, "MSI PTE misconfigured");
        CAUSES.put(264, "MRIF access fault");
        CAUSES.put(265, "PDT entry load access fault");
        CAUSES.put(266, "PDT entry not valid");
        CAUSES.put(267, "PDT entry misconfigured");
        CAUSES.put(268, "DDT data corruption");
        CAUSES.put(269, "PDT data corruption");
        CAUSES.put(270, "MSI PT data corruption");
        CAUSES.put(271, "MSI MRIF data corruption");
        CAUSES.put(272, "Internal data path error");
        CAUSES.put(273, "IOMMU MSI write access fault");
        CAUSES.put(274, "First/second-stage PT data corruption");
    }

    /** The names of all causes, by number. */
    public static Map<Integer, String> causes() {
        return Collections.unmodifiableMap(CAUSES);
    }

    /** The name of a cause (RISC-V IOMMU 1.0 §3.2). */
    static String cause(int cause) {
        return CAUSES.getOrDefault(cause, "Unknown");
    }

    @Override
    public List<String> needles() {
        return List.of(DEVICE);
    }

    @Override
    public int start(String text, int needle) {
        int at = needle;
        while (at > 0 && Character.isDigit(text.charAt(at - 1))) {
            at--;
        }
        int digits = needle - at;
        int start = digits > 0 && digits <= CAUSE_DIGITS ? LogGrammar.startOf(text, at - FAULT.length(), FAULT) : -1;
        return start > 0 && Characters.isWord(text.charAt(start - 1)) ? -1 : start;
    }

    @Override
    public Reading read(String text, int start) {
        MessageScanner scan = new MessageScanner(text, start);
        int cause = (int) scan.literal("Fault").decimal();
        scan.literal("devid:");
        RecordBuilder draft =
                new RecordBuilder(RecordType.RISCV_FAULT).number("cause", cause).text("cause_name", cause(cause));
        boolean hex = scan.take("0x");
        long device = hex ? scan.hex() : scan.decimal();
        scan.literal("iotval:");
        if (scan.ok()) {
            draft.hex("devid", device).device("device " + RecordBuilder.hex(device, 1));
        }
        long value = scan.hex();
        scan.literal("iotval2:");
        if (scan.ok()) {
            draft.hex("iotval", value);
        }
        long value2 = scan.lastHex(16);
        return Reading.of(scan, scan.ok() ? draft.hex("iotval2", value2) : draft);
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        return CauseRules.causes(record);
    }
}
