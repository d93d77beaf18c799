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
 * The log of the IPMMU of R-Car.
 *
 * <pre>
 * ipmmu-vmsa eed40000.iommu: Unhandled fault: status 0x00001502 iova 0xfe000000
 * </pre>
 */
public final class IpmmuGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("ipmmu_fault", "IPMMU fault");
    private static final Pattern MESSAGE =
            Pattern.compile("Unhandled fault:\\s+status\\s+(0x[0-9a-f]{8})\\s+iova\\s+0x([0-9a-f]{1,16})(?![0-9a-zA-Z])"
                    + "|(Multiple TLB hits|Page Table Walk Abort) @0x([0-9a-f]{1,16})(?![0-9a-zA-Z])");

    @Override
    public List<String> needles() {
        return List.of("fault: s", "Multiple", "Page Tab");
    }

    @Override
    public int start(String text, int needle) {
        return switch (text.charAt(needle)) {
            case 'f' -> LogGrammar.startOf(text, needle - "Unhandled ".length(), "Unhandled fault: status 0x");
            case 'M' -> LogGrammar.startOf(text, needle, "Multiple TLB hits @0x");
            default -> LogGrammar.startOf(text, needle, "Page Table Walk Abort @0x");
        };
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
        Units.put(record, text, start);
        if (m.group(1) != null) {
            record.text("status", m.group(1)).hex("iova", Long.parseUnsignedLong(m.group(2), 16));
        } else {
            record.text("what", m.group(3)).hex("iova", Long.parseUnsignedLong(m.group(4), 16));
        }
        boolean open = m.end() == text.length();
        return new Reading(open ? Reading.State.OPEN_END : Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        long status = record.number("status").orElse(0);
        List<String> bits = new ArrayList<>();
        if ((status & 1) != 0) {
            bits.add("translation fault: nothing is mapped (TF)");
        }
        if ((status & 1 << 1) != 0) {
            bits.add("permission fault: the mapping doesn't grant the access (PF)");
        }
        if ((status & 1 << 2) != 0) {
            bits.add("the unit's read of a table failed (ABORT)");
        }
        if ((status & 1 << 4) != 0) {
            bits.add("several TLB entries match (MHIT)");
        }
        return bits;
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
