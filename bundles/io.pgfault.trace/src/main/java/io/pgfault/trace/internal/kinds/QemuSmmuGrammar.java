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
 * What QEMU's model of an SMMUv3 says. The number after the region's name is the device and function, 8 bits.
 *
 * <pre>
 * smmuv3-iommu-memory-region-16-2 translation failed for iova=0xf8bf4000 (SMMU_EVT_F_TRANSLATION)
 * </pre>
 */
public final class QemuSmmuGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("qemu_smmuv3_fault", "QEMU SMMUv3 fault");
    private static final Pattern MESSAGE = Pattern.compile(
            "smmuv3-iommu-memory-region-(\\d{1,3})-\\d{1,6}\\s+(translation failed|bypass|abort)?\\s*for\\s+iova\\s*=?\\s*"
                    + "0x([0-9a-f]{1,16})\\s*\\((?:SMMU_EVT_)?([A-Z0-9_]{3,40})\\)");

    @Override
    public List<String> needles() {
        return List.of("smmuv3-i");
    }

    @Override
    public int start(String text, int needle) {
        return LogGrammar.startOf(text, needle, "smmuv3-iommu-memory-region-");
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
        int function = Integer.parseInt(m.group(1)) & 0xff;
        record.text("event", m.group(4))
                .text("devfn", RecordBuilder.hex(function, 1))
                .hex("iova", Long.parseUnsignedLong(m.group(3), 16))
                .device("%02x.%d of the guest".formatted(function >> 3, function & 7));
        return new Reading(Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
    }

    @Override
    public List<String> notes(LogRecord record) {
        return List.of(
                "the guest's table has no such mapping, or the guest's unit isn't set up: " + record.text("event"));
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
