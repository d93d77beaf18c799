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
 * The log of Rockchip's IOMMU: page faults and bus errors.
 *
 * <pre>
 * rk_iommu fe043e00.iommu: Page fault at 0x00000000ff801000 of type read
 * rk_iommu fe043e00.iommu: mmu_dte_addr: 0x1 dte@0x2: 0x3 valid: 1 pte@0x4: 0x5 valid: 1 page@0x6 flags: 0x106
 * rk_iommu ff914000.iommu: BUS_ERROR occurred at 0x00000000fffe0000
 * </pre>
 */
public final class RockchipGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("rk_page_fault", "Rockchip IOMMU page fault");
    private static final Pattern MESSAGE = Pattern.compile(
            "Page fault at\\s+0x([0-9a-f]{1,16})\\s+of\\s+type\\s+(read|write)\\b|BUS_ERROR occurred at\\s+0x([0-9a-f]{8,16})\\b");
    private static final Pattern TABLES = Pattern.compile(
            "dte@0x[0-9a-f]+: 0x[0-9a-f]+ valid: ([01])\\s+pte@0x[0-9a-f]+: 0x[0-9a-f]+ valid: ([01])\\s");
    private static final String VALID = "the tables have a valid page for the address now";
    private static final RecordType BUS_ERROR = new RecordType("rk_bus_error", "Rockchip IOMMU bus error");

    @Override
    public List<String> needles() {
        return List.of("Page fau", "ERROR oc", "dte_addr");
    }

    @Override
    public int start(String text, int needle) {
        if (text.charAt(needle) == 'd') {
            return LogGrammar.startOf(text, needle - 4, "mmu_dte_addr: 0x");
        }
        return text.charAt(needle) == 'P'
                ? LogGrammar.startOf(text, needle, "Page fault at 0x")
                : LogGrammar.startOf(text, needle - 4, "BUS_ERROR occurred at 0x");
    }

    @Override
    public Reading read(String text, int start) {
        if (text.startsWith("mmu_dte", start)) {
            return tables(text, start);
        }
        Matcher m = MESSAGE.matcher(text).region(start, text.length());
        RecordBuilder record = new RecordBuilder(TYPE);
        if (!m.lookingAt()) {
            boolean more = m.hitEnd();
            return new Reading(
                    more ? Reading.State.NEEDS_MORE : Reading.State.BROKEN,
                    new ParsedField.Whole(record),
                    Math.min(start + 8, text.length()));
        }
        String unit = Units.before(text, start);
        Units.put(record, text, start);
        if (!unit.isEmpty()) {
            record.awaits(unit);
        }
        if (m.group(3) != null) {
            RecordBuilder bus = new RecordBuilder(BUS_ERROR);
            Units.put(bus, text, start);
            bus.ofLastNumber().hex("iova", Long.parseUnsignedLong(m.group(3), 16));
            boolean open = m.end() == text.length();
            return new Reading(
                    open ? Reading.State.OPEN_END : Reading.State.WHOLE, new ParsedField.Whole(bus), m.end());
        }
        record.hex("iova", Long.parseUnsignedLong(m.group(1), 16)).text("access", m.group(2));
        return new Reading(Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    /** What the driver found in the tables after a fault. */
    private static Reading tables(String text, int start) {
        Matcher m = TABLES.matcher(text).region(start, text.length());
        String unit = Units.before(text, start);
        if (!m.find() || unit.isEmpty()) {
            return new Reading(
                    m.hitEnd() ? Reading.State.NEEDS_MORE : Reading.State.BROKEN,
                    new ParsedField.Nothing(),
                    Math.min(start + 8, text.length()));
        }
        RecordBuilder more = new RecordBuilder(TYPE).awaits(unit).text("unit", unit);
        if (m.group(1).equals("0")) {
            more.note("the directory has no table for the address");
        } else if (m.group(2).equals("0")) {
            more.note("the table has no page for the address");
        } else {
            more.note(VALID);
        }
        return new Reading(Reading.State.WHOLE, new ParsedField.FollowUp(more, false), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return record.type().equals(TYPE)
                ? List.of("nothing is mapped at the address, or the page doesn't grant the access")
                : List.of("the unit got a bus error when it read its tables or memory");
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        if (record.notes().contains(VALID)) {
            causes.add(new Cause(
                    "the page was mapped after the access, or the unit kept an old translation of it",
                    List.of("iova"),
                    "see whether the driver maps the buffer before it starts the device, and what the firmware or boot"
                            + " loader left running there"));
            return causes;
        }
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
