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
 * The log of MediaTek's IOMMU. A port of a larb is the place where a device's DMA enters the bus.
 *
 * <pre>
 * mtk-iommu 10205000.iommu: fault type=0x5 iova=0xfcff0001 pa=0x0 larb=0 port=0 layer=1 read
 * mtk-iommu 14016000.iommu: fault type=0x5 iova=0xfcff0001 pa=0x0 master=0x20001e0(larb=2 port=1) layer=1 write
 * </pre>
 */
public final class MtkGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("mtk_fault", "MediaTek IOMMU fault");
    private static final String LAYER = "layer=";
    private static final Pattern MESSAGE = Pattern.compile(
            "fault\\s+type=0x([0-9a-f]{1,8})\\s+iova=(?:0x)?([0-9a-f]{1,16})\\s+pa=(?:0x)?[0-9a-f]{1,16}\\s+"
                    + "(?:master=0x[0-9a-f]{1,8}\\s*\\(\\s*)?larb=(\\d{1,4})\\s+port=(\\d{1,4})\\b\\)?"
                    + "(?:\\s+layer=(\\d{1,3})\\s+(read|write)\\b)?");

    @Override
    public List<String> needles() {
        return List.of("ult type");
    }

    @Override
    public int start(String text, int needle) {
        return LogGrammar.startOf(text, needle - 2, "fault type=0x");
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
        record.hex("fault_type", Long.parseLong(m.group(1), 16))
                .hex("iova", Long.parseUnsignedLong(m.group(2), 16))
                .number("larb", Long.parseLong(m.group(3)))
                .number("port", Long.parseLong(m.group(4)))
                .device("larb " + m.group(3) + " port " + m.group(4));
        if (m.group(5) == null) {
            String rest = text.substring(m.end()).strip();
            boolean more = LAYER.startsWith(rest) || rest.startsWith(LAYER);
            return new Reading(
                    more ? Reading.State.NEEDS_MORE : Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
        }
        record.number("layer", Long.parseLong(m.group(5))).text("access", m.group(6));
        return new Reading(Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return List.of("device of larb " + record.text("larb") + ", port " + record.text("port")
                + ": see the ports of the SoC in include/dt-bindings/memory of the kernel's sources");
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
