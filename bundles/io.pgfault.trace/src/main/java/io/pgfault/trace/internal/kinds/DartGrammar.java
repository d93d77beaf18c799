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
 * The log of Apple's DART.
 *
 * <pre>
 * apple-dart 285800000.iommu: translation fault: status:0x80040008 stream:0 code:0x8 (NO PTE FOR IOVA) at 0x28e084008
 * </pre>
 */
public final class DartGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("dart_fault", "Apple DART fault");
    private static final Pattern MESSAGE = Pattern.compile(
            "translation fault:\\s+status:\\s*(0x[0-9a-f]{1,8})\\s+stream:\\s*(\\d{1,4})\\s+code:\\s*(0x[0-9a-f]{1,8})\\s+"
                    + "\\(([A-Za-z0-9 _/-]{2,40})\\)\\s+at\\s+0x([0-9a-f]{1,16})(?![0-9a-zA-Z])");

    @Override
    public List<String> needles() {
        return List.of("fault: s");
    }

    @Override
    public int start(String text, int needle) {
        return LogGrammar.startOf(text, needle - "translation ".length(), "translation fault: status:");
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
        record.text("status", m.group(1))
                .number("stream", Long.parseLong(m.group(2)))
                .text("code", m.group(3))
                .text("what", m.group(4).replaceAll("\\s+", " "))
                .device((record.has("unit") ? record.value("unit") + " " : "") + "stream " + m.group(2))
                .hex("iova", Long.parseUnsignedLong(m.group(5), 16));
        boolean open = m.end() == text.length();
        return new Reading(open ? Reading.State.OPEN_END : Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return switch (record.text("what")) {
            case "NO PTE FOR IOVA", "NO PMD FOR IOVA", "NO TTBR FOR IOVA" ->
                List.of("nothing is mapped at the address: a table entry is missing");
            case "READ FAULT", "WRITE FAULT" -> List.of("the mapping doesn't grant the access");
            case "NO DAPF MATCH" -> List.of("the address filter before the unit (DAPF) has no window for the address");
            default -> List.of(record.text("what"));
        };
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
