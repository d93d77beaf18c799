// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.trace.decode.RecordType;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The log of AMD's IOMMU. What an event says stands in brackets; the device may stand before them instead:
 *
 * <pre>
 * AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x000c address=0xffffffc1c0 flags=0x0020]
 * nvme 0000:06:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0014 address=0xfedfc000 flags=0x0000]
 * AMD-Vi: Event logged [INVALID_PPR_REQUEST device=00:01.0 pasid=0x00001 address=0x1000 flags=0x0000 tag=0x001]
 * AMD-Vi: PPR logged [Request ignored due to GN=0 (device=0000:00:01.0 pasid=0x00001 address=0x1000 flags=0x0000 tag=0x001]
 * </pre>
 */
final class AmdGrammar implements Grammar {
    private static final String IO_PAGE_FAULT = "IO_PAGE_FAULT";

    /** What each event has to have. */
    private static final Map<String, Set<String>> EVENTS = Map.ofEntries(
            Map.entry(IO_PAGE_FAULT, Set.of("domain", "address", "flags")),
            Map.entry("ILLEGAL_DEV_TABLE_ENTRY", Set.of("device", "address", "flags")),
            Map.entry("DEV_TAB_HARDWARE_ERROR", Set.of("device", "address", "flags")),
            Map.entry("PAGE_TAB_HARDWARE_ERROR", Set.of("device", "address", "flags")),
            Map.entry("ILLEGAL_COMMAND_ERROR", Set.of("address")),
            Map.entry("COMMAND_HARDWARE_ERROR", Set.of("address", "flags")),
            Map.entry("IOTLB_INV_TIMEOUT", Set.of("device", "address")),
            Map.entry("INVALID_DEVICE_REQUEST", Set.of("device", "address", "flags")),
            Map.entry("INVALID_PPR_REQUEST", Set.of("device", "address", "flags")),
            Map.entry("RMP_HW_ERROR", Set.of("vmg_tag", "spa", "flags")),
            Map.entry("RMP_HARDWARE_ERROR", Set.of("vmg_tag", "spa", "flags")),
            Map.entry("RMP_PAGE_FAULT", Set.of("vmg_tag", "gpa", "flags_rmp", "flags")));

    private static final Pattern START =
            Pattern.compile("Event logged|PPR logged|AMD-Vi: IOMMU (Event|PPR) [Ll]og (?:overflow|restarting)");
    private static final Pattern EVENT = Pattern.compile("[A-Z]\\w+");
    private static final Pattern PPR = Pattern.compile("(Request ignored due to GN=0|Invalid request format) \\(");
    private static final Pattern KEY = Pattern.compile("([a-z_]+)(?:\\s*=\\s*|\\s+(?=0x))");
    private static final Pattern DEVICE = Pattern.compile("(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]");
    private static final Pattern OWNER =
            Pattern.compile("\\s([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]):? (?:AMD-Vi: ?)?$");
    private static final Set<String> KEYS =
            Set.of("device", "domain", "pasid", "address", "flags", "tag", "vmg_tag", "gpa", "spa", "flags_rmp");

    private static final long FLAG_INTERRUPT = 1 << 3;
    private static final long FLAG_WRITE = 1 << 5;

    @Override
    public int find(String text, int from) {
        Matcher m = START.matcher(text);
        return m.find(from) ? m.start() : -1;
    }

    @Override
    public Reading read(String text, int start) {
        Matcher m = START.matcher(text);
        if (!m.find(start) || m.start() != start) {
            return new Reading(Reading.State.BROKEN, new Said.Nothing(), start + 1);
        }
        Scan scan = new Scan(text, m.end());
        if (m.group(1) != null) {
            Draft draft = new Draft(RecordType.QUEUE_OVERFLOW)
                    .text("queue", m.group(1).equals("Event") ? "event" : "ppr");
            return Reading.of(scan, draft);
        }
        scan.literal("[");
        if (m.group().startsWith("PPR")) {
            Draft draft = new Draft(RecordType.AMD_PPR);
            Matcher problem = scan.match(PPR);
            if (problem != null) {
                draft.text("problem", problem.group(1));
                put(scan, draft, keys(scan), Set.of("device", "pasid", "address", "flags", "tag"), "", "");
            }
            return Reading.of(scan, draft);
        }
        Draft draft = new Draft(RecordType.AMD_EVENT);
        Matcher event = scan.match(EVENT);
        if (event == null || !EVENTS.containsKey(event.group())) {
            scan.reject();
            return Reading.of(scan, draft);
        }
        draft.text("event", event.group());
        Matcher owner = OWNER.matcher(text.substring(0, start));
        String name = event.group().equals(IO_PAGE_FAULT) && owner.find() ? owner.group(1) : "";
        put(scan, draft, keys(scan), EVENTS.get(event.group()), event.group(), name);
        return Reading.of(scan, draft);
    }

    /** Everything up to the closing bracket that is certain. */
    private static Map<String, String> keys(Scan scan) {
        Map<String, String> values = new HashMap<>();
        while (scan.ok() && !scan.take("]")) {
            scan.take(",");
            Matcher key = scan.match(KEY);
            if (key == null) {
                return values;
            }
            String name = key.group(1);
            if (!KEYS.contains(name) || values.containsKey(name)) {
                scan.reject();
            } else if (name.equals("device")) {
                Matcher device = scan.match(DEVICE);
                if (device != null) {
                    values.put(name, device.group());
                }
            } else {
                long number = scan.hex();
                if (scan.ok()) {
                    values.put(name, Long.toHexString(number));
                }
            }
        }
        return values;
    }

    private static void put(
            Scan scan, Draft draft, Map<String, String> values, Set<String> needed, String event, String owner) {
        String device = values.getOrDefault("device", owner);
        if (!device.isEmpty()) {
            draft.text("device", device).device(device);
        } else if (scan.ok() && event.equals(IO_PAGE_FAULT)) {
            draft.incomplete();
        }
        for (String key : new String[] {"domain", "vmg_tag", "pasid", "address", "gpa", "spa", "tag"}) {
            if (values.containsKey(key)
                    && !(key.equals("pasid") && values.get(key).equals("0"))) {
                draft.text(key, "0x" + values.get(key));
            }
        }
        for (String key : new String[] {"flags_rmp", "flags"}) {
            if (values.containsKey(key)) {
                draft.hex(key, Long.parseUnsignedLong(values.get(key), 16), 4);
            }
        }
        if (event.equals(IO_PAGE_FAULT) && values.containsKey("flags")) {
            long flags = Long.parseUnsignedLong(values.get("flags"), 16);
            draft.text(
                    "access",
                    (flags & FLAG_INTERRUPT) != 0 ? "interrupt" : (flags & FLAG_WRITE) != 0 ? "write" : "read");
        }
        if (scan.ok() && !values.keySet().containsAll(needed)) {
            draft.incomplete();
        }
    }
}
