// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.smmuv3;

import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.EventPart;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.internal.records.Outbox;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts the lines of SMMUv3 events together, unit by unit. If raw words and the driver's own words differ, the raw words
 * count. A unit prints one event after the other, so a second header before the first event's last word means that
 * words are missing or that two writers' lines are mixed; more than four words after the headers show that lines are
 * mixed, and then the reader trusts the words of neither event.
 */
public final class SmmuEvents {
    private static final int WORDS = 4;
    private static final int MAX_UNITS = 64;
    private static final long PATIENCE_LINES = 200;

    /** One event that is being printed. */
    private static final class Event {
        final Outbox.Slot slot;
        final String unit;
        final int id;
        final List<Long> words = new ArrayList<>();
        boolean headless;
        boolean mixed;
        boolean cut;
        EventPart.Named named;
        EventPart.Access access;
        long lastLine;

        Event(Outbox.Slot slot, String unit, int id, long line) {
            this.slot = slot;
            this.unit = unit;
            this.id = id;
            this.lastLine = line;
        }
    }

    private static final int NO_HEADER = -1;

    private final Outbox outbox;
    private final LogGrammar grammar;
    private final Map<String, Event> events = new LinkedHashMap<>();

    /** Events go to the outbox as records of this grammar. */
    public SmmuEvents(Outbox outbox, LogGrammar grammar) {
        this.outbox = outbox;
        this.grammar = grammar;
    }

    /** Whether an event of a unit without a name waits for words. */
    public boolean waiting() {
        Event event = events.get("");
        return event != null && event.words.size() < WORDS;
    }

    public void header(EventPart.Header header, long line) {
        Event before = events.get(header.unit());
        boolean unfinished = before != null
                && before.id != NO_HEADER
                && !before.headless
                && before.words.size() < WORDS
                && before.named == null;
        finish(header.unit());
        Event event = open(header.unit(), header.id(), line);
        event.mixed = unfinished;
    }

    public void word(EventPart.Word word, long line) {
        Event event = events.get(word.unit());
        if (event == null) {
            withoutHeader(word, line);
            return;
        }
        if (event == null || event.id == NO_HEADER || event.named != null) {
            return;
        }
        if (event.headless && line != event.lastLine + 1) {
            finish(word.unit());
            withoutHeader(word, line);
            return;
        }
        event.lastLine = line;
        event.words.add(word.word());
        if (event.words.size() > WORDS || (event.words.size() == 1 && EventRecord.eventId(word.word()) != event.id)) {
            event.mixed = true;
        }
    }

    /**
     * A word that no line announced. Four such words in four lines, the first with the number of an event that the
     * architecture names, are an event; the words of commands, which the driver prints too, come in twos.
     */
    private void withoutHeader(EventPart.Word word, long line) {
        int id = EventRecord.eventId(word.word());
        if (word.unit().isEmpty() || EventId.named().noneMatch(named -> named.value() == id)) {
            return;
        }
        Event event = open(word.unit(), id, line);
        event.headless = true;
        event.words.add(word.word());
    }

    public void cutWord(String unit, long line) {
        Event event = events.get(unit);
        if (event != null && event.id != NO_HEADER) {
            event.lastLine = line;
            event.cut = true;
        }
    }

    public void named(EventPart.Named named, long line) {
        Event event = events.get(named.unit());
        if (event == null || event.named != null || !agrees(event, named.record())) {
            finish(named.unit());
            event = open(named.unit(), NO_HEADER, line);
        }
        event.lastLine = line;
        event.named = named;
    }

    private static boolean agrees(Event event, RecordBuilder named) {
        String name = named.value("event");
        boolean sameEvent = name.equals(EventId.of(event.id).name())
                || (name.equals("UNKNOWN") && !EventId.of(event.id).name().contains("_FETCH"));
        return sameEvent
                && (event.words.isEmpty()
                        || !named.has("sid")
                        || named.value("sid")
                                .equals(RecordBuilder.hex(
                                        Integer.toUnsignedLong(EventRecord.streamId(event.words.get(0))), 1)));
    }

    public void access(EventPart.Access access, long line) {
        Event event = events.get(access.unit());
        if (event == null || event.named == null || event.access != null) {
            return;
        }
        event.lastLine = line;
        event.access = access;
    }

    private Event open(String unit, int id, long line) {
        if (events.size() >= MAX_UNITS) {
            finish(events.keySet().iterator().next());
        }
        Event event = new Event(outbox.reserve(line), unit, id, line);
        events.put(unit, event);
        return event;
    }

    /** Finishes the events to which no line has been added for long. */
    public void expire(long line) {
        for (Iterator<Event> i = events.values().iterator(); i.hasNext(); ) {
            Event event = i.next();
            if (line - event.lastLine > PATIENCE_LINES) {
                i.remove();
                emit(event);
            }
        }
    }

    /** No line follows. */
    public void finishAll() {
        events.values().forEach(this::emit);
        events.clear();
    }

    private void finish(String unit) {
        Event event = events.remove(unit);
        if (event != null) {
            emit(event);
        }
    }

    private void emit(Event event) {
        if (event.headless && event.named == null) {
            emitHeadless(event);
            return;
        }
        if (event.mixed && event.named == null) {
            event.slot.fill(
                    new RecordBuilder(RecordType.SMMUV3_EVENT)
                            .text("event", EventId.of(event.id).name())
                            .hex("event_id", event.id)
                            .incomplete(),
                    grammar);
        } else if (event.words.isEmpty() || event.mixed) {
            emitNamed(event);
        } else {
            emitWords(event);
        }
    }

    private void emitHeadless(Event event) {
        if (event.words.size() != WORDS || event.mixed || event.cut) {
            event.slot.cancel();
            return;
        }
        long[] words = event.words.stream().mapToLong(Long::longValue).toArray();
        event.slot.fill(
                SmmuFields.ofWords(words)
                        .note("the line that announces the event is missing: these are its four words")
                        .incomplete(),
                grammar);
    }

    /**
     * If a word is missing, only the first word is sure: the lines don't say which of the others is missing. A
     * unit without a name may be several, and the driver's own words may contradict.
     */
    private void emitWords(Event event) {
        long[] words = event.words.stream().mapToLong(Long::longValue).toArray();
        boolean whole = words.length == WORDS && !event.cut;
        RecordBuilder draft = whole ? SmmuFields.ofWords(words) : SmmuFields.ofWords(words[0]);
        EventPart.Named named = event.named;
        if (named != null && !named.record().device().startsWith("stream")) {
            draft.device(named.record().device());
        }
        if (!whole || event.unit.isEmpty() || contradicts(event, draft)) {
            draft.incomplete();
        } else {
            draft.raw(TraceFormat.EVTQ, words);
        }
        event.slot.fill(draft, grammar);
    }

    private static boolean contradicts(Event event, RecordBuilder draft) {
        if (event.named == null || !draft.has("stag")) {
            return false;
        }
        RecordBuilder said = event.named.record();
        return (said.has("input_addr") && !said.value("input_addr").equals(draft.value("input_addr")))
                || (event.access != null
                        && !RecordBuilder.hex(event.access.stag(), 1).equals(draft.value("stag")));
    }

    /** The driver's own words alone: the driver always prints the raw ones too, so those are missing. */
    private void emitNamed(Event event) {
        if (event.named == null) {
            event.slot.cancel();
            return;
        }
        RecordBuilder draft = event.named.record();
        boolean stallable =
                EventId.named().anyMatch(e -> e.stallable() && e.name().equals(draft.value("event")));
        if (event.access != null && stallable) {
            EventPart.Access access = event.access;
            draft.flag("stall", access.stall())
                    .hex("stag", access.stag())
                    .text("access", access.read() ? "read" : "write")
                    .text("privilege", access.privileged() ? "priv" : "unpriv")
                    .number("stage", access.stage())
                    .recoverable(access.stall());
            if (access.instruction()) {
                draft.flag("instruction", true);
            }
        }
        event.slot.fill(draft.incomplete(), grammar);
    }
}
