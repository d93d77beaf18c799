// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.vtd;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.CauseRules;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Xen says about faults of VT-d. The reason stands in a line of its own; all numbers are hexadecimal.
 *
 * <pre>
 * (XEN) [VT-D]DMAR:[DMA Write] Request device [0000:01:00.0] fault addr 8c000, iommu reg = ffff82c000203000
 * (XEN) [VT-D]DMAR: reason 05 - PTE Write access is not set
 * (XEN) [VT-D]INTR-REMAP: Request device [0000:f0:1f.0] fault index 0, iommu reg = ffff82c000201000
 * (XEN) [VT-D]INTR-REMAP: reason 22 - Present field in the IRTE entry is clear
 * </pre>
 */
public final class XenDmarGrammar implements LogGrammar {
    private static final Pattern MESSAGE = Pattern.compile(
            "\\[VT-D\\](?:DMAR:\\s?\\[DMA (Read|Write)\\]|(INTR-REMAP):)\\s+Request device\\s+\\[([0-9a-f:.]{7,12})\\]\\s+"
                    + "fault (?:addr|index)\\s+(?:0x)?([0-9a-f]{1,16})(?![0-9a-zA-Z])(?:,\\s+iommu reg = [0-9a-f]{1,16})?"
                    + "|\\[VT-D\\](DMAR|INTR-REMAP):\\s+reason\\s+([0-9a-f]{2}) - ");

    @Override
    public List<String> needles() {
        return List.of("[VT-D]DM", "[VT-D]IN", "[VT-D] D");
    }

    @Override
    public int start(String text, int needle) {
        return text.charAt(needle + 6) == ' ' ? -1 : needle;
    }

    @Override
    public Reading read(String text, int start) {
        Matcher m = MESSAGE.matcher(text).region(start, text.length());
        RecordBuilder record = new RecordBuilder(RecordType.DMA_FAULT);
        if (!m.lookingAt()) {
            boolean more = m.hitEnd();
            return new Reading(
                    more ? Reading.State.NEEDS_MORE : Reading.State.BROKEN,
                    new ParsedField.Whole(record),
                    Math.min(start + 8, text.length()));
        }
        boolean interrupt = m.group(2) != null || "INTR-REMAP".equals(m.group(5));
        RecordBuilder fault =
                new RecordBuilder(interrupt ? RecordType.INTR_REMAP_FAULT : RecordType.DMA_FAULT).awaits("xen");
        if (m.group(6) != null) {
            int code = Integer.parseInt(m.group(6), 16);
            fault.hex("reason_code", code, 2).text("reason_name", DmarReasons.name(code));
            return new Reading(Reading.State.WHOLE, new ParsedField.FollowUp(fault, true), m.end());
        }
        fault.text("bdf", m.group(3)).device(m.group(3));
        if (!interrupt) {
            fault.text("access", m.group(1).equals("Read") ? "read" : "write");
        }
        fault.hex(interrupt ? "fault_index" : "addr", Long.parseUnsignedLong(m.group(4), 16));
        boolean open = m.end() == text.length() && m.end() == m.end(4);
        return new Reading(open ? Reading.State.OPEN_END : Reading.State.WHOLE, new ParsedField.Whole(fault), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return List.of();
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        return CauseRules.causes(record);
    }
}
