// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.smmuv3.spec.EventRecord;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts the lines of a kernel log that print one SMMUv3 event together. Units are told apart by the last word before the
 * text; a line of a word alone belongs to the event that began last.
 */
public final class LoggedEvents {
    private static final int WORDS = EventRecord.BYTES / Long.BYTES;

    /** More units than a machine has. The bound keeps lines with ever new names from filling the memory. */
    private static final int MAX_OPEN = 256;

    private static final Pattern BEGIN = Pattern.compile("(?<before>.*?)\\bevent 0x(?<id>[0-9a-f]{1,2}) received:\\s*");
    private static final Pattern WORD = Pattern.compile("(?<before>(?:.*\\s)?)0x(?<word>[0-9a-f]{16})\\s*");
    private static final Pattern LAST_WORD = Pattern.compile("(?:.*\\s)?(\\S+)\\s*");

    /** An event whose words are being read. */
    private static final class Open {
        private final int id;
        private final long[] words = new long[WORDS];
        private int read;

        Open(int id) {
            this.id = id;
        }
    }

    private final Matcher begin = BEGIN.matcher("");
    private final Matcher word = WORD.matcher("");
    private final Map<String, Open> open = new LinkedHashMap<>();
    private String latest = "";
    private long incomplete;

    /**
     * Reads a line; writes an event that it completes at the start of {@code record}.
     *
     * @return whether it completes one
     */
    public boolean read(String line, ByteBuffer record) {
        if (begin.reset(line).matches()) {
            begin(unit(begin.group("before")), Integer.parseInt(begin.group("id"), 16));
            return false;
        }
        if (open.isEmpty() || !word.reset(line).matches()) {
            return false;
        }
        String unit = word.group("before").isBlank() ? latest : unit(word.group("before"));
        Open event = open.get(unit);
        if (event == null) {
            return false;
        }
        event.words[event.read++] = Long.parseUnsignedLong(word.group("word"), 16);
        if (event.read < WORDS) {
            return false;
        }
        open.remove(unit);
        if (EventRecord.eventId(event.words[0]) != event.id) {
            // Words of two events: the log lost lines between them.
            incomplete++;
            return false;
        }
        for (int i = 0; i < WORDS; i++) {
            record.putLong(i * Long.BYTES, event.words[i]);
        }
        return true;
    }

    private void begin(String unit, int id) {
        if (open.size() == MAX_OPEN && !open.containsKey(unit)) {
            open.remove(open.keySet().iterator().next());
            incomplete++;
        }
        if (open.put(unit, new Open(id)) != null) {
            incomplete++;
        }
        latest = unit;
    }

    private static String unit(String before) {
        Matcher last = LAST_WORD.matcher(before);
        return last.matches() ? last.group(1) : "";
    }

    /** No line follows. */
    public void end() {
        incomplete += open.size();
        open.clear();
    }

    /** How many events that had begun lacked some of their words, without the events that are being read. */
    public long incomplete() {
        return incomplete;
    }
}
