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
 * What VMware ESXi says about IOMMU faults, in the log of the kernel, on the purple screen and in the log of a guest.
 *
 * <pre>
 * BlueScreen: IOMMU Fault detected for 0000:da:00.0 (vmgfx0/host) IOaddr: 0xa1fc6a000 Mask: 0x6 Domain: 0x430af4e0c460.
 * (vmx) PCI passthru device 0000:8b:00.1 caused an IOMMU fault type 4 at address 0x1234567000
 * </pre>
 */
public final class EsxiGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("esxi_iommu_fault", "ESXi IOMMU fault");
    private static final Pattern MESSAGE = Pattern.compile(
            "IOMMU Fault detected for\\s+([0-9a-f:.]{5,12})(?:\\s+\\([^)]{1,60}\\))?\\s+IOaddr:\\s+0x([0-9a-f]{1,16})\\b"
                    + "|PCI passthru device\\s+([0-9a-f:.]{5,12})\\s+caused an IOMMU fault type\\s+(\\d{1,3})\\s+at address"
                    + "\\s+0x([0-9a-f]{1,16})(?![0-9a-zA-Z])");

    @Override
    public List<String> needles() {
        return List.of("MMU Faul", "passthru");
    }

    @Override
    public int start(String text, int needle) {
        return text.charAt(needle) == 'M'
                ? LogGrammar.startOf(text, needle - 2, "IOMMU Fault detected for")
                : LogGrammar.startOf(text, needle - 4, "PCI passthru device");
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
        if (m.group(1) != null) {
            record.text("device", m.group(1)).device(m.group(1)).hex("address", Long.parseUnsignedLong(m.group(2), 16));
            return new Reading(
                    m.end() == text.length() ? Reading.State.OPEN_END : Reading.State.WHOLE,
                    new ParsedField.Whole(record),
                    m.end());
        }
        record.text("device", m.group(3))
                .device(m.group(3))
                .number("fault_type", Long.parseLong(m.group(4)))
                .hex("address", Long.parseUnsignedLong(m.group(5), 16));
        boolean open = m.end() == text.length();
        return new Reading(open ? Reading.State.OPEN_END : Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return record.has("fault_type")
                ? List.of(
                        "a passed-through device did DMA that the guest's mapping doesn't allow; ESXi stopped the guest")
                : List.of("a device of the host did DMA that isn't mapped; ESXi stopped the host");
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("address").odd(record.number("address"), causes);
        AddressCauses.of("address").unmapped(record.number("address"), causes);
        return causes;
    }
}
