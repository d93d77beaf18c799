// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.records;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
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
import java.util.function.Consumer;

/**
 * The records that leave in the order of their first lines, although a later record may be known before an earlier one.
 * A record that awaits more lines stays until these lines have come, another record with its key comes, or {@value
 * #PATIENCE_LINES} lines have passed.
 */
public final class Outbox {
    private static final int PATIENCE_LINES = 24;
    private static final int MAX_WAITING = 64;

    /** The place of a record that isn't whole yet. */
    public final class Slot {
        private final long line;
        private RecordBuilder record;
        private LogGrammar grammar;
        private boolean settled;

        private Slot(long line) {
            this.line = line;
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

    /** An outbox whose records {@code sink} gets, on the reading thread. */
    public Outbox(Consumer<LogRecord> sink) {
        this.sink = sink;
    }

    /** Takes the next place. */
    public Slot reserve(long line) {
        Slot slot = new Slot(line);
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
            if (slot.record != null) {
                records++;
                sink.accept(explained(slot.record.toRecord(slot.line), slot.grammar));
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
        return record.explained(grammar.notes(record), causes);
    }
}
