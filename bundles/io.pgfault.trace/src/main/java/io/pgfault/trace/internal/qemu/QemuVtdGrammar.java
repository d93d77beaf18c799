// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.qemu;

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
 * What QEMU's model of VT-d says. One fault takes two lines: the table's entry, then the device.
 *
 * <pre>
 * qemu-system-x86_64: vtd_iova_to_slpte: detected slpte permission error (iova=0xfd200000, level=0x2, slpte=0x0,
 * write=0) qemu-system-x86_64: vtd_iommu_translate: detected translation failure (dev=03:00:00, iova=0xfd200000)
 * </pre>
 */
public final class QemuVtdGrammar implements LogGrammar {
    private static final RecordType TYPE = new RecordType("qemu_vtd_fault", "QEMU VT-d fault");
    private static final Pattern ENTRY =
            Pattern.compile("vtd_\\w+:\\s+detected\\s+((?:[sf]lpte|splte|s?pte) permission error|"
                    + "(?:[sf]lpte|splte)\\s+reserved?\\s+non-\\s?zero)\\s*\\(?\\s*iova=0x([0-9a-f]{1,16}),\\s+"
                    + "level=0x([0-9a-f])(?:,\\s+)?([sf]?lpte|splte|pte)=0x([0-9a-f]{1,16})"
                    + "(?:,\\s+write=([01]))?(?:,\\s+pasid=(0x[0-9a-f]{1,8}))?(?:\\)|(?=\\s))");
    private static final Pattern DEVICE = Pattern.compile(
            "vtd_\\w+:\\s+detected\\s+translation failure(?: \\d)?\\s*\\("
                    + "\\s*dev=([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2}),\\s+iova=0x([0-9a-f]{1,16})(?:,\\s+pasid=(0x[0-9a-f]{1,8}))?\\)");
    private static final Pattern OVERFLOW =
            Pattern.compile("vtd_\\w+:\\s+detected\\s+IOVA overflow\\s*\\(\\s*iova=0x([0-9a-f]{1,16})[^)]*\\)");
    private static final int NO_PASID_DIGITS = 10;

    @Override
    public List<String> needles() {
        return List.of(": detect");
    }

    @Override
    public int start(String text, int needle) {
        int name = text.lastIndexOf("vtd_", needle);
        return name >= 0 && needle - name < 60 && text.indexOf(": ", name) == needle ? name : -1;
    }

    @Override
    public Reading read(String text, int start) {
        RecordBuilder record = new RecordBuilder(TYPE);
        Matcher entry = ENTRY.matcher(text).region(start, text.length());
        if (entry.lookingAt()) {
            String iova = RecordBuilder.hex(Long.parseUnsignedLong(entry.group(2), 16), 1);
            record.text("iova", iova).hex("iova", Long.parseUnsignedLong(entry.group(2), 16));
            if (entry.group(6) != null) {
                record.text("access", entry.group(6).equals("1") ? "write" : "read");
            }
            String value = entry.group(5).matches("0+") ? "0" : "0x" + entry.group(5);
            record.text(
                    "what",
                    "%s, level %d, %s %s"
                            .formatted(entry.group(1), Integer.parseInt(entry.group(3), 16), entry.group(4), value));
            pasid(record, entry.group(7));
            return new Reading(Reading.State.WHOLE, new ParsedField.Whole(record.awaits(iova)), entry.end());
        }
        Matcher device = DEVICE.matcher(text).region(start, text.length());
        if (device.lookingAt()) {
            String function =
                    "%s:%s.%d".formatted(device.group(1), device.group(2), Integer.parseInt(device.group(3), 16) & 7);
            long iova = Long.parseUnsignedLong(device.group(4), 16);
            record.text("device", function).device(function).hex("iova", iova).awaits(RecordBuilder.hex(iova, 1));
            pasid(record, device.group(5));
            return new Reading(Reading.State.WHOLE, new ParsedField.FollowUp(record, true), device.end());
        }
        Matcher overflow = OVERFLOW.matcher(text).region(start, text.length());
        if (overflow.lookingAt()) {
            record.hex("iova", Long.parseUnsignedLong(overflow.group(1), 16)).text("what", "IOVA overflow");
            return new Reading(Reading.State.WHOLE, new ParsedField.Whole(record), overflow.end());
        }
        boolean more = entry.hitEnd() || device.hitEnd();
        return new Reading(
                more ? Reading.State.NEEDS_MORE : Reading.State.BROKEN, new ParsedField.Whole(record), start + 4);
    }

    private static void pasid(RecordBuilder record, String pasid) {
        if (pasid != null && !(pasid.length() == NO_PASID_DIGITS && pasid.equals("0xffffffff"))) {
            record.text("pasid", pasid);
        }
    }

    @Override
    public List<String> notes(LogRecord record) {
        return List.of(
                record.text("what").endsWith("pte 0")
                        ? "the guest's tables have no entry for the address"
                        : "the guest's tables have no mapping that grants the access");
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        AddressCauses.of("iova").odd(record.number("iova"), causes);
        AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        return causes;
    }
}
