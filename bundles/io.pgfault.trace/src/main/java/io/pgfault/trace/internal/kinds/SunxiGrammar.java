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
 * The log of the IOMMU of Allwinner's sun50i.
 *
 * <pre>
 * sun50i-iommu 30f0000.iommu: Page fault for 0x00000000ff801000 (master 4, dir rd)
 * </pre>
 */
public final class SunxiGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("sun50i_fault", "Allwinner IOMMU fault");
    private static final Pattern MESSAGE =
            Pattern.compile("Page fault for 0x([0-9a-f]{1,16})\\s+\\(master\\s+(\\d{1,3}),\\s+dir\\s+(rd|wr|RD|WR)\\)");

    @Override
    public List<String> needles() {
        return List.of("Page fau");
    }

    @Override
    public int start(String text, int needle) {
        return LogGrammar.startOf(text, needle, "Page fault for 0x");
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
        record.hex("iova", Long.parseUnsignedLong(m.group(1), 16))
                .number("master", Long.parseLong(m.group(2)))
                .text("access", m.group(3).equalsIgnoreCase("rd") ? "read" : "write")
                .device("master " + m.group(2));
        return new Reading(Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return List.of("nothing is mapped at the address, or the page doesn't grant the access");
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
