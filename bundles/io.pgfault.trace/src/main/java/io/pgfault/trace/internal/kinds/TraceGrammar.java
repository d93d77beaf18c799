// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import io.pgfault.api.Pasid;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.MessageScanner;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.AddressCauses;
import io.pgfault.trace.internal.causes.CauseRules;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The trace events of IOMMU drivers and of the kernel's IOMMU core. {@code addr} of a page request is a page frame
 * number:
 *
 * <pre>
 * prq_report: dmar0/0000:00:0a.0 seq# 1: rid=0x50 addr=0x559ef6f97 r---- pasid=0x2 index=0x1
 * qi_submit: iotlb_inv dmar1: 0x100e2 0x0 0x0 0x0
 * io_page_fault: IOMMU:ath12k_pci 0000:c2:00.0 iova=0x00000000fe980000 flags=0x0001
 * </pre>
 */
public final class TraceGrammar implements LogGrammar {
    private static final List<String> EVENTS = List.of("prq_report:", "qi_submit:", "io_page_fault:");
    private static final String MAPPED = "map: IOMMU: iova=0x";
    private static final Pattern MAPPING =
            Pattern.compile("(un)?map: IOMMU: iova=0x([0-9a-f]{16})(?: - 0x[0-9a-f]{16})? (?:paddr=0x[0-9a-f]{1,16} )?"
                    + "size=(?:0x([0-9a-f]{1,16})|(\\d{1,18}))(?!\\w)");
    private static final Pattern TIME = Pattern.compile("(?:^|\\s)(\\d{1,9})\\.(\\d{6}):");

    /** This grammar is made for one log, and remembers its mappings. */
    private final Mappings mappings = new Mappings();

    private static final String LETTERS = "rwxpl";
    private static final int PAGE_SHIFT = 12;
    private static final int FRAME_BITS = 52;
    private static final int PASID_BITS = 20;

    /** Bit 0 of the flags: the access was a write. */
    private static final long WRITE = 1;

    @Override
    public List<String> needles() {
        return List.of("_report:", "_submit:", "_fault: ", "p: IOMMU");
    }

    @Override
    public int start(String text, int needle) {
        if (text.charAt(needle) == 'p') {
            int start = LogGrammar.startOf(text, needle - 2, MAPPED);
            boolean unmap = start > 1 && text.startsWith("un", start - 2);
            int begin = unmap ? start - 2 : start;
            return begin > 0 && Characters.isWord(text.charAt(begin - 1)) ? -1 : begin;
        }
        for (String event : EVENTS) {
            int start =
                    needle + NEEDLE_LENGTH - event.length() - (text.charAt(needle + NEEDLE_LENGTH - 1) == ' ' ? 1 : 0);
            if (start >= 0 && text.startsWith(event, start)) {
                return start > 0 && Characters.isWord(text.charAt(start - 1)) ? -1 : start;
            }
        }
        return -1;
    }

    @Override
    public Reading read(String text, int start) {
        MessageScanner scan = new MessageScanner(text, text.indexOf(':', start) + 1);
        return switch (text.charAt(start)) {
            case 'p' -> pageRequest(scan);
            case 'q' -> submitted(scan);
            case 'm', 'u' -> mapping(text, start);
            default -> fault(scan, micros(text, start));
        };
    }

    /** Reads the name of a unit of VT-d: {@code dmar} and a number. Returns an empty text if no such name is there. */
    private static String unit(MessageScanner scan) {
        String name = scan.word();
        boolean named = name.startsWith("dmar") && name.length() > 4;
        for (int i = 4; named && i < name.length(); i++) {
            named = Character.isDigit(name.charAt(i));
        }
        if (scan.ok() && !named) {
            scan.reject();
        }
        return scan.ok() ? name : "";
    }

    /** Letters or dashes for what a page request asks for: bits in their order, -1 if they aren't there. */
    private static int letters(MessageScanner scan) {
        String letters = scan.untilSpace();
        int bits = 0;
        for (int i = 0; i < LETTERS.length(); i++) {
            char c = letters.length() == LETTERS.length() ? letters.charAt(i) : 0;
            if (c == LETTERS.charAt(i)) {
                bits |= 1 << i;
            } else if (c != '-') {
                if (scan.ok()) {
                    scan.reject();
                }
                return 0;
            }
        }
        return bits;
    }

    private static boolean asks(int letters, char letter) {
        return (letters >> LETTERS.indexOf(letter) & 1) != 0;
    }

    private static Reading pageRequest(MessageScanner scan) {
        RecordBuilder draft = new RecordBuilder(RecordType.PRQ_REPORT).recoverable(true);
        String unit = unit(scan);
        String device = scan.literal("/").device();
        if (scan.ok()) {
            draft.text("iommu", unit).text("dev", device).device(device);
        }
        scan.literal("seq#");
        long sequence = scan.decimal();
        scan.literal(":").literal("rid=");
        if (scan.ok()) {
            draft.number("seq", sequence);
        }
        long rid = scan.hex();
        scan.literal("addr=");
        if (scan.ok()) {
            draft.hex("rid", rid);
        }
        long frame = scan.hex();
        int letters = letters(scan);
        scan.literal("pasid=");
        if (scan.ok()) {
            draft.hex("addr", frame << PAGE_SHIFT)
                    .flag("read", asks(letters, 'r'))
                    .flag("write", asks(letters, 'w'))
                    .flag("exec", asks(letters, 'x'))
                    .flag("priv", asks(letters, 'p'))
                    .flag("last", asks(letters, 'l'));
        }
        long pasid = scan.hex();
        scan.literal("index=");
        if (scan.ok()) {
            draft.hex("pasid", pasid);
        }
        long index = scan.lastPrefixed(3);
        if (!scan.ok()
                || rid >>> 16 != 0
                || frame >>> FRAME_BITS != 0
                || pasid >>> PASID_BITS != 0
                || Long.compareUnsigned(index, PageRequestDescriptor.PRG_INDEX_MAX) > 0) {
            scan.reject();
            return Reading.of(scan, draft);
        }
        // A line that a terminal wrapped behind the sign can look like a soft line break of a mail, and lose the sign.
        boolean hasData = scan.takeOptional("private=") || scan.take("private");
        long data0 = 0;
        long data1 = 0;
        if (hasData) {
            draft.hex("prg_index", index);
            data0 = scan.hex();
            scan.literal("/");
            data1 = scan.lastPrefixed(16);
            if (scan.ok()) {
                draft.text("private", RecordBuilder.hex(data0, 1) + "/" + RecordBuilder.hex(data1, 1));
            }
        } else {
            draft.hex("prg_index", index);
        }
        if (scan.ok()) {
            draft.raw(
                    TraceFormat.PRQ,
                    PageRequestDescriptor.word0(
                            (int) rid,
                            pasid == 0 ? Pasid.NONE : (int) pasid,
                            asks(letters, 'x'),
                            asks(letters, 'p'),
                            hasData),
                    PageRequestDescriptor.word1(
                            asks(letters, 'r'),
                            asks(letters, 'w'),
                            asks(letters, 'l'),
                            (int) index,
                            frame << PAGE_SHIFT),
                    data0,
                    data1);
        }
        return Reading.of(scan, draft);
    }

    private static Reading submitted(MessageScanner scan) {
        RecordBuilder draft = new RecordBuilder(RecordType.QI_SUBMIT);
        String kind = scan.word();
        String unit = unit(scan);
        scan.literal(":");
        boolean named = scan.ok();
        for (int i = 0; i < 3; i++) {
            scan.hex();
        }
        scan.lastPrefixed(1);
        if (named) {
            draft.text("iommu", unit).text("desc", kind).device(unit);
        }
        return Reading.of(scan, draft);
    }

    /** Remembers a mapping; a line that may have been cut within its size says nothing. */
    private Reading mapping(String text, int start) {
        Matcher m = MAPPING.matcher(text).region(start, text.length());
        if (!m.lookingAt()) {
            return new Reading(Reading.State.BROKEN, new ParsedField.Nothing(), Math.min(start + 8, text.length()));
        }
        long size = m.group(3) != null ? Long.parseUnsignedLong(m.group(3), 16) : Long.parseLong(m.group(4));
        mappings.put(Long.parseUnsignedLong(m.group(2), 16), size, m.group(1) == null, micros(text, start));
        return new Reading(Reading.State.WHOLE, new ParsedField.Nothing(), m.end());
    }

    /** The time of a line of a trace in microseconds, -1 if none stands before index {@code start}. */
    private static long micros(String text, int start) {
        Matcher m = TIME.matcher(text).region(0, start);
        return m.find() ? Long.parseLong(m.group(1)) * 1_000_000 + Long.parseLong(m.group(2)) : -1;
    }

    private Reading fault(MessageScanner scan, long micros) {
        RecordBuilder draft = new RecordBuilder(RecordType.IO_PAGE_FAULT);
        scan.literal("IOMMU:");
        scan.untilSpace();
        String device = scan.device();
        scan.literal("iova=");
        if (scan.ok()) {
            draft.text("device", device).device(device);
        }
        long iova = scan.hex();
        scan.literal("flags=");
        if (scan.ok()) {
            draft.hex("iova", iova);
        }
        long flags = scan.lastPadded(4);
        String mapped = scan.ok() ? mappings.at(iova, micros) : "";
        if (!mapped.isEmpty()) {
            draft.note(mapped);
        }
        return Reading.of(scan, scan.ok() ? draft.hex("flags", flags, 4) : draft);
    }

    @Override
    public List<String> notes(LogRecord record) {
        if (!record.type().equals(RecordType.IO_PAGE_FAULT)
                || record.number("flags").isEmpty()) {
            return List.of();
        }
        boolean write = (record.number("flags").getAsLong() & WRITE) != 0;
        return List.of("flags " + record.text("flags") + ": " + (write ? "a write" : "a read"));
    }

    /** What the mappings of the trace say goes before what the address alone suggests. */
    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>(CauseRules.causes(record));
        if (!record.type().equals(RecordType.IO_PAGE_FAULT) || !record.complete()) {
            return causes;
        }
        String mapped = String.join(" ", record.notes());
        if (mapped.startsWith("mapped")) {
            causes.add(
                    0,
                    new Cause(
                            "the address is mapped: the mapping doesn't grant the access, or it is another domain's",
                            List.of("iova", "flags"),
                            "compare the direction of the mapping with the access, and the device's group with the"
                                    + " device that the driver maps for"));
        } else if (mapped.startsWith("never")) {
            causes.add(new Cause(
                    "the address was never mapped while the trace ran: a wrong address, or a mapping from before",
                    List.of("iova"),
                    "start the trace (events iommu:map, iommu:unmap) before the driver is bound"));
        } else {
            AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        }
        return causes;
    }
}
