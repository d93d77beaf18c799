// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.AddressCauses;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What QEMU's model of a RISC-V IOMMU says: its trace event of a fault. The reason is the first word of the record in
 * the fault queue: the cause in bits 11:0, the type of the transaction in bits 39:34, the device id in bits 63:40.
 *
 * <pre>
 * riscv_iommu_flt riscv-iommu: fault 0000:01.0 reason: 0x80080000000d iova: 0x80001000
 * </pre>
 */
public final class QemuRiscvGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("qemu_riscv_fault", "QEMU RISC-V IOMMU fault");
    private static final int CAUSE_MASK = 0xfff;
    private static final Pattern MESSAGE = Pattern.compile(
            "fault\\s+([0-9a-f]{4}:[0-9a-f]{2}\\.[0-7])\\s+reason:\\s+0x([0-9a-f]{1,16})\\s+iova:\\s+0x([0-9a-f]{1,16})(?![0-9a-zA-Z])");

    @Override
    public List<String> needles() {
        return List.of("ason: 0x");
    }

    @Override
    public int start(String text, int needle) {
        int fault = text.lastIndexOf("fault ", needle);
        boolean ours = fault >= 0 && needle - fault < 24 && text.lastIndexOf("riscv", fault) >= 0;
        return ours ? fault : -1;
    }

    @Override
    public Reading read(String text, int start) {
        Matcher m = MESSAGE.matcher(text).region(start, text.length());
        RecordBuilder record = new RecordBuilder(TYPE);
        if (!m.lookingAt()) {
            boolean more = m.hitEnd();
            return new Reading(
                    more ? Reading.State.NEEDS_MORE : Reading.State.BROKEN,
                    new ParsedField.Whole(record),
                    Math.min(start + 8, text.length()));
        }
        int cause = (int) (Long.parseUnsignedLong(m.group(2), 16) & CAUSE_MASK);
        String bus = m.group(1);
        String function = bus.substring(2);
        record.text("device", function)
                .device(function)
                .number("cause", cause)
                .text("cause_name", RiscvGrammar.cause(cause))
                .hex("iova", Long.parseUnsignedLong(m.group(3), 16));
        boolean open = m.end() == text.length();
        return new Reading(open ? Reading.State.OPEN_END : Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return List.of(record.text("cause_name"));
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
