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
 * The log of the System MMU of Exynos.
 *
 * <pre>
 * exynos-sysmmu 14860000.sysmmu: 14830000.decon: [READ] PAGE FAULT occurred at 0x6715b3e0
 * exynos-sysmmu 14860000.sysmmu: 14830000.decon: AW PAGE FAULT occurred at 0x20000000
 * </pre>
 */
public final class ExynosGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("sysmmu_fault", "Exynos System MMU fault");
    private static final Pattern MESSAGE = Pattern.compile(
            "(?:\\[(READ|WRITE)\\]\\s+)?([A-Z0-9 -]{2,32}?\\s+FAULT)\\s+occurred\\s+at\\s+(?:0x)?([0-9a-f]{1,16})(?![0-9a-zA-Z])");
    private static final Pattern NAMES = Pattern.compile("([\\w@/-]*[.@][\\w.@/-]*):\\s+(?:([\\w.@/:-]+):\\s+)?$");

    @Override
    public List<String> needles() {
        return List.of("FAULT oc", "T occurr");
    }

    @Override
    public int start(String text, int needle) {
        int fault = text.charAt(needle) == 'F' ? needle : needle - 4;
        if (fault < 1 || !text.startsWith("FAULT occurred at", fault)) {
            return -1;
        }
        int bracket = text.lastIndexOf('[', fault);
        boolean access = bracket >= 0 && (text.startsWith("[READ]", bracket) || text.startsWith("[WRITE]", bracket));
        if (access && fault - bracket < 48) {
            return bracket;
        }
        // Before Linux 6.0 the message had no access in brackets; the fault's name follows the device's.
        int colon = text.lastIndexOf(": ", fault);
        boolean named = colon >= 0 && fault - colon < 36 && text.lastIndexOf("sysmmu", colon) >= 0;
        return named ? colon + 2 : -1;
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
        Matcher names = NAMES.matcher(text.substring(0, start));
        boolean certain = names.find() && text.startsWith("sysmmu ", names.start() - "sysmmu ".length());
        if (certain || names.reset().find()) {
            record.text("unit", names.group(1)).device(names.group(1));
            if (names.group(2) != null) {
                record.text("device", names.group(2)).device(names.group(2));
            }
        }
        if (!certain) {
            record.incomplete();
        }
        String what = m.group(2);
        if (m.group(1) != null) {
            record.text("access", m.group(1).equals("READ") ? "read" : "write");
        } else if (what.startsWith("AR ") || what.startsWith("AW ")) {
            // The channel of the bus: AR has the addresses of reads, AW of writes.
            record.text("access", what.startsWith("AR ") ? "read" : "write");
        }
        record.text("what", m.group(2).replaceAll("\\s+", " "));
        if (text.charAt(m.start(3) - 1) != 'x') {
            // Zero has no 0x; at the end of a line that was cut it is the start of one.
            record.ofLastNumber();
        }
        record.hex("iova", Long.parseUnsignedLong(m.group(3), 16));
        boolean open = m.end() == text.length();
        return new Reading(open ? Reading.State.OPEN_END : Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return record.text("what").contains("PAGE")
                ? List.of("nothing is mapped at the address")
                : List.of("the unit refused the access: " + record.text("what"));
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
