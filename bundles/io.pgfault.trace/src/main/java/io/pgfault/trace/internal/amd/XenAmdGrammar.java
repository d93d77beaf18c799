// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.amd;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.PciFunction;
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
 * What Xen says about events of an AMD IOMMU, in its newer and its older form.
 *
 * <pre>
 * (XEN) AMD-Vi: IO_PAGE_FAULT: 0000:00:14.0 d0 addr 000000fdf8010140 flags 0x8 I
 * (XEN) AMD-Vi: IO_PAGE_FAULT: domain = 0, device id = 0x00a0, fault address = 0xfdf8020000, flags = 0x8
 * </pre>
 */
public final class XenAmdGrammar implements LogGrammar {
    private static final Pattern MESSAGE = Pattern.compile(
            "IO_PAGE_FAULT:\\s+(?:([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7])\\s+(d\\S{1,12})\\s+addr\\s+([0-9a-f]{16})\\s+"
                    + "flags\\s+(0x[0-9a-f]{1,4}|0)(?![0-9a-zA-Z])|domain = (\\d{1,6}), device id = 0x([0-9a-f]{4}), "
                    + "fault address = 0x([0-9a-f]{1,16}), flags = (0x[0-9a-f]{1,4}|0)(?![0-9a-zA-Z]))");

    @Override
    public List<String> needles() {
        return List.of("IO_PAGE_");
    }

    @Override
    public int start(String text, int needle) {
        return LogGrammar.startOf(text, needle, "IO_PAGE_FAULT:");
    }

    @Override
    public Reading read(String text, int start) {
        Matcher m = MESSAGE.matcher(text).region(start, text.length());
        RecordBuilder record = new RecordBuilder(RecordType.AMD_EVENT);
        if (!m.lookingAt()) {
            boolean more = m.hitEnd();
            return new Reading(
                    more ? Reading.State.NEEDS_MORE : Reading.State.BROKEN,
                    new ParsedField.Whole(record),
                    Math.min(start + 8, text.length()));
        }
        boolean old = m.group(1) == null;
        String device = old ? PciFunction.name(Integer.parseInt(m.group(6), 16)) : m.group(1);
        String flags = old ? m.group(8) : m.group(4);
        long bits = Long.decode(flags);
        record.text("event", "IO_PAGE_FAULT")
                .text("device", device)
                .device(device)
                .text("domain", old ? "d" + m.group(5) : m.group(2))
                .hex("address", Long.parseUnsignedLong(old ? m.group(7) : m.group(3), 16))
                .ofLastNumber()
                .hex("flags", bits)
                .text("access", (bits & 8) != 0 ? "interrupt" : (bits & 0x20) != 0 ? "write" : "read");
        boolean open = m.end() == text.length();
        return new Reading(open ? Reading.State.OPEN_END : Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return AmdFlags.notes(record);
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        return CauseRules.causes(record);
    }
}
