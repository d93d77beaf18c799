// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.grammar.EventPart;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.peel.LinePeel;
import io.pgfault.trace.internal.peel.ProgramText;
import io.pgfault.trace.internal.records.Outbox;
import io.pgfault.trace.internal.smmuv3.SmmuEvents;
import io.pgfault.trace.internal.smmuv3.SmmuGrammar;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts messages together from lines. A message that its line doesn't hold to the end goes on in the next lines, as long
 * as these start no message of their own: mail programs and terminals wrap lines. A break may stand for a space or for
 * nothing; a message is taken if exactly one way of reading the breaks makes sense.
 *
 * <p>Two writers' lines may be mixed. When a message is still unfinished and another one starts that is not finished
 * either, the lines don't tell which message goes on: both stay incomplete.
 */
final class LogAssembler {
    private static final int MAX_LINES = 5;
    private static final int MIXED_LINES = 8;

    /** The words that the second line of VT-d's older forms has. */
    private static final String REASON = "[fault reason";

    private static final List<String> REASON_PREFIXES = List.of("DMAR:", "dmar:", "INTR-REMAP:");

    private final LineIndex needles;
    private final Outbox outbox;
    private final SmmuEvents events;
    private final UndecodedLines undecoded;
    private final LinePeel peel = new LinePeel();

    /** The lines of the unfinished message; empty if there is none. */
    private final List<String> open = new ArrayList<>();

    private LogGrammar openGrammar;
    private Reading openReading;
    private int openStart;
    private long openLine;
    private long mixedUntil = -1;

    /** An assembler for the messages of these grammars. */
    LogAssembler(List<LogGrammar> grammars, SmmuGrammar smmu, Outbox outbox, UndecodedLines undecoded) {
        this.needles = new LineIndex(grammars);
        this.outbox = outbox;
        this.undecoded = undecoded;
        this.events = new SmmuEvents(outbox, smmu);
    }

    /** Finds the lines that may hold a message. */
    LineIndex needles() {
        return needles;
    }

    /** Whether the assembler needs the next line, whatever the line says. */
    boolean wantsNext() {
        return !open.isEmpty() || events.waiting();
    }

    /** A line that may matter, and whether the line had an end. */
    void line(long number, String raw, boolean ended) {
        outbox.line(number, raw);
        String text = peel.peel(raw);
        if (text.indexOf('\r') < 0) {
            part(number, text, ended);
            return;
        }
        int from = 0;
        for (int at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', from)) {
            if (at > from) {
                part(number, text.substring(from, at), true);
            }
            from = at + 1;
        }
        if (from < text.length()) {
            part(number, text.substring(from), ended);
        }
    }

    private void part(long number, String text, boolean ended) {
        events.expire(number);
        outbox.expire(number);
        int from = 0;
        if (!open.isEmpty()) {
            from = goOn(text, ended);
        }
        if (events.waiting() && from == 0) {
            from = bareWord(number, text);
        }
        while (from >= 0) {
            from = next(number, text, from, ended);
        }
    }

    /** No line follows. */
    void end() {
        if (!open.isEmpty()) {
            if (openReading.state() == Reading.State.OPEN_END) {
                emit(openReading.said(), openLine);
                open.clear();
            } else {
                giveUp();
            }
        }
        events.finishAll();
        outbox.settleAll();
    }

    /** The next message that starts in this line. Returns where to look for more, -1 if there is none. */
    private int next(long number, String text, int from, boolean ended) {
        int needle = needles.find(text, from);
        if (needle < 0) {
            return -1;
        }
        LogGrammar first = null;
        Reading reading = null;
        int start = -1;
        for (LogGrammar grammar : needles.grammars(text, needle)) {
            int begin = grammar.start(text, needle);
            if (begin < from) {
                continue;
            }
            Reading other = grammar.read(text, begin);
            boolean better = reading == null
                    || (reading.state() == Reading.State.BROKEN && other.state() != Reading.State.BROKEN);
            if (better) {
                first = grammar;
                reading = other;
                start = begin;
            }
        }
        if (reading == null) {
            undecoded.add(number, text, "no driver's message that iopf knows starts with these words");
            return needle + 1;
        }
        if (ProgramText.before(text, start)) {
            undecoded.add(number, text, "the line is a program's or a pattern, no log");
            return text.length();
        }
        boolean last = reading.state() == Reading.State.NEEDS_MORE || reading.state() == Reading.State.OPEN_END;
        if (last) {
            openGrammar = first;
            if (reading.state() == Reading.State.OPEN_END && !ended) {
                emit(openEnd(reading.said()), number);
                return -1;
            }
            open.clear();
            open.add(text);
            openReading = reading;
            openStart = start;
            openLine = number;
            if (reading.state() == Reading.State.NEEDS_MORE && number <= mixedUntil) {
                giveUp();
            }
            return -1;
        }
        openGrammar = first;
        if (reading.whole()) {
            emit(reading.said(), number);
        } else {
            undecoded.add(number, text, broken(text, reading.end()));
            emit(incomplete(reading.said()), number);
        }
        return Math.max(reading.end(), start + 1);
    }

    private static String broken(String text, int at) {
        String rest = text.substring(Math.min(at, text.length())).strip();
        return rest.isEmpty()
                ? "the message breaks off"
                : "the driver's message doesn't go on like this: " + rest.substring(0, Math.min(rest.length(), 24));
    }

    /** Gives the unfinished message the next line. Returns where in the line to look for messages, -1 if nowhere. */
    private int goOn(String text, boolean ended) {
        boolean reason = openReading.state() == Reading.State.NEEDS_MORE && isReasonLine(text);
        if (!reason && (text.isBlank() || startsHere(text) || LogLine.startsMessage(text))) {
            if (openReading.state() == Reading.State.OPEN_END) {
                emit(openReading.said(), openLine);
                open.clear();
            } else {
                giveUp();
            }
            return 0;
        }
        if (openReading.state() == Reading.State.OPEN_END) {
            Reading further = openGrammar.read(open.get(0) + ' ' + text, openStart);
            boolean goesOn = further.whole() && further.end() > open.get(0).length() + 1;
            boolean cut = !goesOn && goesOnWithDigits(text);
            emit(
                    goesOn ? openEnd(further.said()) : cut ? withoutLast(openReading.said()) : openReading.said(),
                    openLine);
            open.clear();
            return goesOn ? -1 : 0;
        }
        open.add(reason ? text.substring(text.indexOf(REASON)) : text);
        Set<ParsedField> sayings = new LinkedHashSet<>();
        boolean more = false;
        Reading.State state = Reading.State.WHOLE;
        String whole = "";
        for (int breaks = 0; breaks < 1 << (open.size() - 1); breaks++) {
            String joined = joined(breaks);
            Reading reading = openGrammar.read(joined, openStart);
            if (reading.whole()) {
                boolean foreign = endsInNumber(joined, reading.end());
                sayings.add(foreign ? withoutLast(reading.said()) : reading.said());
                state = reading.state();
                whole = foreign ? "" : joined;
            }
            more |= reading.state() == Reading.State.NEEDS_MORE;
        }
        if (sayings.size() == 1 && state == Reading.State.OPEN_END && ended && !whole.isEmpty()) {
            // The next line tells whether the number at the end goes on.
            open.clear();
            open.add(whole);
            openReading = openGrammar.read(whole, openStart);
        } else if (sayings.size() == 1) {
            ParsedField said = sayings.iterator().next();
            emit(state == Reading.State.OPEN_END ? openEnd(said) : said, openLine);
            open.clear();
        } else if (!sayings.isEmpty() || !more || open.size() == MAX_LINES) {
            giveUp();
        }
        return -1;
    }

    private boolean startsHere(String text) {
        for (int at = needles.find(text, 0); at >= 0; at = needles.find(text, at + 1)) {
            for (LogGrammar grammar : needles.grammars(text, at)) {
                if (grammar.start(text, at) >= 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether this is the second line of VT-d's older forms, which has a prefix of its own. */
    private static boolean isReasonLine(String text) {
        int end = text.indexOf(REASON);
        if (end < 0 || text.contains("Request device")) {
            return false;
        }
        end -= end > 0 && text.charAt(end - 1) == ' ' ? 1 : 0;
        for (String prefix : REASON_PREFIXES) {
            int from = end - prefix.length();
            if (from >= 0 && text.startsWith(prefix, from)) {
                return from == 0 || !Characters.isWord(text.charAt(from - 1));
            }
        }
        return false;
    }

    /**
     * Whether more text follows a message that ends in a number. A driver ends its line after such a number. More text
     * therefore shows that the lines of two messages were joined, and that the number may be a word of the other
     * message: {@code a} is a hexadecimal number, too.
     */
    private static boolean endsInNumber(String text, int end) {
        int at = end;
        while (at > 0 && Characters.hexDigit(text.charAt(at - 1)) >= 0) {
            at--;
        }
        boolean number = at < end && (at == 0 || text.charAt(at - 1) == 'x' || !Characters.isWord(text.charAt(at - 1)));
        return number && !text.substring(end).isBlank();
    }

    private static boolean goesOnWithDigits(String text) {
        int i = text.startsWith("x") ? 1 : 0;
        while (i < text.length() && Character.digit(text.charAt(i), 16) >= 0) {
            i++;
        }
        return i > 0 && (i == text.length() || !Character.isLetterOrDigit(text.charAt(i)));
    }

    /** The lines, with a space where a bit of {@code breaks} is clear and nothing where it is set. */
    private String joined(int breaks) {
        StringBuilder joined = new StringBuilder(open.get(0));
        for (int i = 1; i < open.size(); i++) {
            if ((breaks >> (i - 1) & 1) == 0) {
                joined.append(' ');
            }
            joined.append(open.get(i));
        }
        return joined.toString();
    }

    /** Gives the unfinished message up: its record has only what the first line says for certain. */
    private void giveUp() {
        undecoded.add(openLine, open.get(0), "the message breaks off");
        emit(incomplete(openReading.said()), openLine);
        mixedUntil = openLine + open.size() - 1 + MIXED_LINES;
        open.clear();
    }

    /** A word of an event whose lines have lost the unit's name. */
    private int bareWord(long number, String text) {
        String word = text.strip();
        int at = word.lastIndexOf("0x");
        if (at >= 0 && word.length() - at == 18 && text.indexOf("arm-smmu") < 0) {
            try {
                events.word(new EventPart.Word("", Long.parseUnsignedLong(word.substring(at + 2), 16)), number);
                return -1;
            } catch (NumberFormatException e) {
                return 0;
            }
        }
        return 0;
    }

    private static ParsedField incomplete(ParsedField said) {
        if (said instanceof ParsedField.FollowUp) {
            return new ParsedField.Nothing();
        }
        if (said instanceof ParsedField.Whole whole) {
            return new ParsedField.Whole(whole.record().incomplete());
        }
        if (said instanceof ParsedField.Also also) {
            return new ParsedField.Whole(also.record().incomplete());
        }
        if (said instanceof EventPart.Named named) {
            return new EventPart.Named(named.unit(), named.record(), false);
        }
        return said;
    }

    private static ParsedField openEnd(ParsedField said) {
        if (said instanceof ParsedField.Also also) {
            return new ParsedField.Whole(also.record().openEnd());
        }
        return said instanceof ParsedField.Whole whole
                ? new ParsedField.Whole(whole.record().openEnd())
                : incomplete(said);
    }

    private static ParsedField withoutLast(ParsedField said) {
        if (said instanceof ParsedField.Also also) {
            return new ParsedField.Whole(also.record().withoutLast());
        }
        if (said instanceof ParsedField.Whole whole) {
            return new ParsedField.Whole(whole.record().withoutLast());
        }
        if (said instanceof EventPart.Named named) {
            return new EventPart.Named(named.unit(), named.record().withoutLast(), false);
        }
        return said instanceof EventPart.Access ? new ParsedField.Nothing() : said;
    }

    private void emit(ParsedField said, long line) {
        if (said instanceof ParsedField.Whole whole) {
            RecordBuilder record = whole.record();
            if (record.isComplete() || record.isCertain()) {
                outbox.put(record, openGrammar, line);
            }
        } else if (said instanceof ParsedField.FollowUp more) {
            if (more.record().isCertain() || !more.record().isEmpty()) {
                outbox.followUp(more, openGrammar, line);
            }
        } else if (said instanceof ParsedField.Also also) {
            outbox.also(also.record(), openGrammar, line);
        } else if (said instanceof ParsedField.Missing missing) {
            undecoded.missing(missing.messages());
            outbox.noteNext("%,d messages of the driver are missing before this one: the kernel suppressed them (%s)"
                    .formatted(missing.messages(), missing.by()));
        } else if (said instanceof EventPart.Header header) {
            events.header(header, line);
        } else if (said instanceof EventPart.Word word) {
            events.word(word, line);
        } else if (said instanceof EventPart.CutWord word) {
            events.cutWord(word.unit(), line);
        } else if (said instanceof EventPart.Named named) {
            if (!named.record().isEmpty()) {
                events.named(named, line);
            }
        } else if (said instanceof EventPart.Access access) {
            events.access(access, line);
        }
    }
}
