// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.records;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.LogTime;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.ParsedField;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The records that leave in the order of their first lines, although a later record may be known before an earlier one.
 * A record that awaits more lines stays until these lines have come, another record with its key comes, or {@value
 * #PATIENCE_LINES} lines have passed.
 */
public final class Outbox {
    private static final int PATIENCE_LINES = 24;
    private static final int MAX_WAITING = 64;
    private static final int RECENT = 8;

    /** The place of a record that isn't whole yet. */
    public final class Slot {
        private final long line;
        private final Optional<LogTime> time;
        private RecordBuilder record;
        private LogGrammar grammar;
        private String note = "";
        private boolean settled;

        private Slot(long line, Optional<LogTime> time) {
            this.line = line;
            this.time = time;
        }

        /** The record is finished. */
        public void fill(RecordBuilder finished, LogGrammar of) {
            record = finished;
            grammar = of;
            settled = true;
            flush();
        }

        /** The place stays empty. */
        public void cancel() {
            settled = true;
            flush();
        }
    }

    private final Consumer<LogRecord> sink;
    private final Deque<Slot> slots = new ArrayDeque<>();
    private final Map<String, Slot> waiting = new HashMap<>();
    private long records;
    private String nextNote = "";

    /** The last lines, by the lowest bits of their numbers: a record may begin some lines before it is known. */
    private final String[] recent = new String[RECENT];

    private final long[] recentLines = new long[RECENT];

    /** An outbox whose records {@code sink} gets, on the reading thread. */
    public Outbox(Consumer<LogRecord> sink) {
        this.sink = sink;
    }

    /** The next line: a record may begin there. */
    public void line(long number, String text) {
        int place = (int) number & RECENT - 1;
        recent[place] = text;
        recentLines[place] = number;
    }

    /** The next record that begins gets this note. */
    public void noteNext(String sentence) {
        nextNote = nextNote.isEmpty() ? sentence : nextNote + "; " + sentence;
    }

    /** Takes the next place. */
    public Slot reserve(long line) {
        int place = (int) line & RECENT - 1;
        boolean known = recent[place] != null && recentLines[place] == line;
        Slot slot = new Slot(line, known ? LineTime.of(recent[place]) : Optional.empty());
        slot.note = nextNote;
        nextNote = "";
        slots.add(slot);
        return slot;
    }

    /** Takes a record, which may be finished or await more lines. */
    public void put(RecordBuilder record, LogGrammar grammar, long line) {
        if (record.key().isEmpty()) {
            reserve(line).fill(record, grammar);
            return;
        }
        String key = record.type().jsonName() + ' ' + record.key();
        settle(waiting.remove(key));
        if (waiting.size() == MAX_WAITING) {
            settleAll();
        }
        Slot slot = reserve(line);
        slot.record = record;
        slot.grammar = grammar;
        waiting.put(key, slot);
    }

    /** Adds what a message says about an earlier record. */
    public void followUp(ParsedField.FollowUp more, LogGrammar grammar, long line) {
        String key = more.record().type().jsonName() + ' ' + more.record().key();
        Slot slot = waiting.get(key);
        if (slot != null && !slot.record.contradicts(more.record())) {
            slot.record.add(more.record());
        } else if (more.standsAlone()) {
            put(more.record().incomplete(), grammar, line);
        }
    }

    /** A whole record, which takes what an earlier record with the same key announced, if there is one. */
    public void also(RecordBuilder more, LogGrammar grammar, long line) {
        Slot slot = waiting.remove(more.type().jsonName() + ' ' + more.key());
        if (slot != null && !slot.record.contradicts(more)) {
            slot.record = slot.record.completedBy(more);
            settle(slot);
        } else {
            settle(slot);
            reserve(line).fill(more, grammar);
        }
    }

    /** Records that have waited long enough leave. */
    public void expire(long line) {
        if (waiting.isEmpty()) {
            return;
        }
        for (Iterator<Slot> i = waiting.values().iterator(); i.hasNext(); ) {
            Slot slot = i.next();
            if (line - slot.line > PATIENCE_LINES) {
                i.remove();
                settle(slot);
            }
        }
    }

    /** No line follows. */
    public void settleAll() {
        List<Slot> all = new ArrayList<>(waiting.values());
        waiting.clear();
        all.forEach(this::settle);
    }

    /** How many records have left. */
    public long records() {
        return records;
    }

    private void settle(Slot slot) {
        if (slot != null) {
            slot.settled = true;
            flush();
        }
    }

    private void flush() {
        while (!slots.isEmpty() && slots.peek().settled) {
            Slot slot = slots.remove();
            if (slot.record == null) {
                nextNote = slot.note.isEmpty() ? nextNote : slot.note;
            } else {
                records++;
                if (!slot.note.isEmpty()) {
                    slot.record.note(slot.note);
                }
                sink.accept(explained(slot.record.toRecord(slot.line).at(slot.time), slot.grammar));
            }
        }
    }

    /** The record with what its grammar says about it. A cause counts if the record has each of the cause's fields. */
    public static LogRecord explained(LogRecord record, LogGrammar grammar) {
        List<Cause> causes = grammar.causes(record);
        if (!causes.isEmpty()) {
            causes = new ArrayList<>(causes);
            causes.removeIf(cause -> !record.fields().keySet().containsAll(cause.fields()));
        }
        List<String> notes = grammar.notes(record);
        if (!record.notes().isEmpty()) {
            notes = new ArrayList<>(notes);
            notes.addAll(record.notes());
        }
        return record.explained(notes, causes);
    }
}
