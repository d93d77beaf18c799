// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.amd;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.PciFunction;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.MessageScanner;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.CauseRules;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The log of AMD's IOMMU. What an event says stands in brackets; the device may stand before them instead:
 *
 * <pre>
 * AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x000c address=0xffffffc1c0 flags=0x0020]
 * nvme 0000:06:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0014 address=0xfedfc000 flags=0x0000]
 * AMD-Vi: Event logged [INVALID_PPR_REQUEST device=00:01.0 pasid=0x00001 address=0x1000 flags=0x0000 tag=0x001]
 * AMD-Vi: PPR logged [Request ignored due to GN=0 (device=0000:00:01.0 pasid=0x00001 address=0x1000 flags=0x0000
 * tag=0x001]
 * </pre>
 */
public final class AmdGrammar implements LogGrammar {
    private static final String IO_PAGE_FAULT = "IO_PAGE_FAULT";
    private static final String UNKNOWN = "UNKNOWN";

    /** What may stand between the function and the message. */
    private static final String PREFIX = "AMD-Vi:";

    /** The two reasons that the driver has printed for page requests that it refuses. */
    private static final List<String> PROBLEMS = List.of("Request ignored due to GN=0", "Invalid request format");

    private static final String EVENT = "Event logged";
    private static final String COMPLETION = "Completion-Wait loop timed out";
    private static final String PPR = "PPR logged";
    private static final String IOMMU = "AMD-Vi: IOMMU ";

    /** What stands in brackets, the device aside, in the order of a record's fields. */
    private static final List<String> KEYS =
            List.of("domain", "vmg_tag", "pasid", "address", "gpa", "spa", "tag", "flags_rmp", "flags");

    private static final Map<String, Integer> KEY_INDEX =
            KEYS.stream().collect(Collectors.toUnmodifiableMap(Function.identity(), KEYS::indexOf));

    private static final int DEVICE = 1 << KEYS.size();
    private static final int PPR_NEEDS = DEVICE | bits("pasid", "address", "flags", "tag");

    /**
     * One kind of event.
     *
     * @param ofFunction whether the driver prints it in the name of the function, if it knows that
     * @param needed the bits of the keys that it has to have
     */
    private record Event(String name, boolean ofFunction, int needed) {}

    private static final Map<String, Event> EVENTS = Stream.of(
                    new Event(IO_PAGE_FAULT, true, DEVICE | bits("domain", "address", "flags")),
                    new Event("ILLEGAL_DEV_TABLE_ENTRY", false, DEVICE | bits("address", "flags")),
                    new Event("DEV_TAB_HARDWARE_ERROR", false, DEVICE | bits("address", "flags")),
                    new Event("PAGE_TAB_HARDWARE_ERROR", false, DEVICE | bits("address", "flags")),
                    new Event("ILLEGAL_COMMAND_ERROR", false, bits("address")),
                    new Event("COMMAND_HARDWARE_ERROR", false, bits("address", "flags")),
                    new Event("IOTLB_INV_TIMEOUT", false, DEVICE | bits("address")),
                    new Event("INVALID_DEVICE_REQUEST", false, DEVICE | bits("address", "flags")),
                    new Event("INVALID_PPR_REQUEST", false, DEVICE | bits("address", "flags")),
                    new Event("RMP_HW_ERROR", true, DEVICE | bits("vmg_tag", "spa", "flags")),
                    new Event("RMP_HARDWARE_ERROR", true, DEVICE | bits("vmg_tag", "spa", "flags")),
                    new Event("RMP_PAGE_FAULT", true, DEVICE | bits("vmg_tag", "gpa", "flags_rmp", "flags")))
            .collect(Collectors.toUnmodifiableMap(Event::name, Function.identity()));

    private static final int FLAGS_DIGITS = 4;

    private static final long FLAG_INTERRUPT = 1 << 3;
    private static final long FLAG_WRITE = 1 << 5;

    private static int bits(String... keys) {
        return Stream.of(keys).mapToInt(key -> 1 << KEY_INDEX.get(key)).sum();
    }

    @Override
    public List<String> needles() {
        return List.of("vent log", "PPR logg", "IOMMU Ev", "IOMMU ev", "IOMMU PP", "n-Wait l");
    }

    @Override
    public int start(String text, int needle) {
        return switch (text.charAt(needle)) {
            case 'n' -> LogGrammar.startOf(text, needle - COMPLETION.indexOf("n-Wait l"), COMPLETION);
            case 'v' -> LogGrammar.startOf(text, needle - 1, EVENT);
            case 'P' -> LogGrammar.startOf(text, needle, PPR);
            default -> {
                int start = LogGrammar.startOf(text, needle - IOMMU.indexOf("IOMMU"), IOMMU);
                int end = start + IOMMU.length();
                boolean log = start >= 0 && (startsWithLog(text, end, "Event ") || startsWithLog(text, end, "PPR "));
                yield log ? start : -1;
            }
        };
    }

    private static boolean startsWithLog(String text, int at, String which) {
        int log = at + which.length();
        return text.regionMatches(true, at, which, 0, which.length())
                && text.regionMatches(true, log, "log ", 0, 4)
                && (text.startsWith("overflow", log + 4) || text.startsWith("restarting", log + 4));
    }

    @Override
    public Reading read(String text, int start) {
        MessageScanner scan = new MessageScanner(text, start);
        if (scan.take(COMPLETION)) {
            return Reading.of(scan, new RecordBuilder(RecordType.AMD_COMPLETION_WAIT_TIMEOUT));
        }
        if (scan.take(IOMMU)) {
            String queue = scan.next("PPR") ? "ppr" : "event";
            scan.word();
            scan.word();
            if (!scan.take("overflow")) {
                scan.literal("restarting");
            }
            return Reading.of(scan, new RecordBuilder(RecordType.QUEUE_OVERFLOW).text("queue", queue));
        }
        return scan.take(PPR)
                ? pageRequest(scan.literal("["))
                : event(text, start, scan.literal(EVENT).literal("["));
    }

    private static Reading pageRequest(MessageScanner scan) {
        RecordBuilder draft = new RecordBuilder(RecordType.AMD_PPR);
        for (String problem : PROBLEMS) {
            if (scan.take(problem)) {
                draft.text("problem", problem);
                put(scan.literal("("), draft, PPR_NEEDS, "");
                return Reading.of(scan, draft);
            }
        }
        scan.literal(scan.peek() == 'R' ? PROBLEMS.get(0) : PROBLEMS.get(1));
        return Reading.of(scan, draft);
    }

    private static Reading event(String text, int start, MessageScanner scan) {
        RecordBuilder draft = new RecordBuilder(RecordType.AMD_EVENT);
        String name = scan.word();
        if (name.equals(UNKNOWN)) {
            return unknown(scan, draft.text("event", UNKNOWN));
        }
        Event event = EVENTS.get(name);
        if (event == null) {
            if (scan.ok()) {
                scan.reject();
            }
            return Reading.of(scan, draft);
        }
        draft.text("event", event.name());
        put(scan, draft, event.needed(), event.ofFunction() ? owner(text, start) : "");
        return Reading.of(scan, draft);
    }

    /** The four words of an event that the driver doesn't know. No bracket closes them. */
    private static Reading unknown(MessageScanner scan, RecordBuilder draft) {
        long[] words = new long[4];
        for (int i = 0; i < words.length; i++) {
            scan.literal("event[" + i + "]=");
            words[i] = i == words.length - 1 ? scan.lastPadded(8) : scan.hex();
        }
        if (scan.ok()) {
            for (int i = 0; i < words.length; i++) {
                draft.hex("event" + i, words[i], 8);
            }
        }
        return Reading.of(scan, draft);
    }

    /**
     * The name of the PCI function before the message, as in {@code nvme 0000:06:00.0: AMD-Vi: }; empty if no
     * function's name stands there.
     */
    private static String owner(String text, int start) {
        int end = start;
        int prefix = text.lastIndexOf(PREFIX, end);
        if (prefix > 0 && text.substring(prefix + PREFIX.length(), end).isBlank()) {
            end = prefix;
        }
        if (end == 0 || text.charAt(end - 1) != ' ') {
            return "";
        }
        end -= end > 1 && text.charAt(end - 2) == ':' ? 2 : 1;
        int from = end - PciFunction.LONG;
        boolean named = from > 0 && Characters.isSpace(text.charAt(from - 1)) && PciFunction.named(text, from, end);
        return named ? text.substring(from, end) : "";
    }

    /** Puts the fields up to the closing bracket whose values are certain. */
    private static void put(MessageScanner scan, RecordBuilder draft, int needed, String owner) {
        String device = owner;
        boolean ownDevice = false;
        long[] values = new long[KEYS.size()];
        int present = 0;
        while (scan.ok() && !scan.take("]")) {
            scan.take(",");
            String name = scan.word();
            boolean assigned = scan.take("=");
            if (!assigned && !scan.next("0x")) {
                scan.literal(scan.peek() == '0' ? "0x" : "=");
            }
            int key = KEY_INDEX.getOrDefault(name, -1);
            boolean ofDevice = name.equals("device");
            if (scan.ok() && (ofDevice ? ownDevice : key < 0 || (present >> key & 1) != 0)) {
                scan.reject();
            } else if (ofDevice) {
                String function = scan.function();
                ownDevice = scan.ok();
                device = ownDevice ? function : device;
            } else {
                long number = scan.hex();
                if (scan.ok()) {
                    values[key] = number;
                    present |= 1 << key;
                }
            }
        }
        if (!device.isEmpty()) {
            draft.text("device", device).device(device);
        }
        for (int i = 0; present >> i != 0; i++) {
            boolean noPasid = values[i] == 0 && KEYS.get(i).equals("pasid");
            if ((present >> i & 1) != 0 && !noPasid) {
                draft.hex(KEYS.get(i), values[i], KEYS.get(i).startsWith("flags") ? FLAGS_DIGITS : 1);
            }
        }
        if (draft.value("event").equals(IO_PAGE_FAULT) && draft.has("flags")) {
            long flags = values[KEY_INDEX.get("flags")];
            draft.text(
                    "access",
                    (flags & FLAG_INTERRUPT) != 0 ? "interrupt" : (flags & FLAG_WRITE) != 0 ? "write" : "read");
        }
        int found = present | (device.isEmpty() ? 0 : DEVICE);
        if (scan.ok() && (needed & ~found) != 0) {
            draft.incomplete();
        }
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        return CauseRules.causes(record);
    }

    @Override
    public List<String> notes(LogRecord record) {
        if (record.type().equals(RecordType.AMD_COMPLETION_WAIT_TIMEOUT)) {
            return List.of(
                    "the IOMMU didn't complete a command in time: the IOMMU or a device, whose address cache a command"
                            + " before invalidates, doesn't answer");
        }
        return AmdFlags.notes(record);
    }
}
