// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One record that a log or a dump told of.
 *
 * @param type what the record tells of
 * @param line number of the record's first line, from 1; of a dump, number of the record, from 1
 * @param complete whether everything that such a record has was there and was certain; if not, {@code fields} has only
 *     what is certain
 * @param fields names and values, in the order of the text
 * @param device the device that faulted, as far as the log names it; may be {@code "unknown"}
 * @param raw the record as the hardware wrote it, if the log has all of it
 * @param recoverable whether the device waits for an answer: a stalled transaction or a page request
 * @param notes the record in words, the sentence that says what happened first; may be empty
 * @param causes likely causes, the likeliest first
 * @param time when the record's first line was logged; empty if the line doesn't say, and for a dump
 */
public record LogRecord(
        RecordType type,
        long line,
        boolean complete,
        Map<String, Value> fields,
        String device,
        Optional<RawRecord> raw,
        boolean recoverable,
        List<String> notes,
        List<Cause> causes,
        Optional<LogTime> time) {
    /** Copies what can change. */
    public LogRecord {
        fields = fields instanceof Fields own ? own : Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        notes = List.copyOf(notes);
        causes = List.copyOf(causes);
    }

    /** A record without a time. */
    public LogRecord(
            RecordType type,
            long line,
            boolean complete,
            Map<String, Value> fields,
            String device,
            Optional<RawRecord> raw,
            boolean recoverable,
            List<String> notes,
            List<Cause> causes) {
        this(type, line, complete, fields, device, raw, recoverable, notes, causes, Optional.empty());
    }

    /** A record without notes. */
    public LogRecord(
            RecordType type,
            long line,
            boolean complete,
            Map<String, Value> fields,
            String device,
            Optional<RawRecord> raw,
            boolean recoverable,
            List<Cause> causes) {
        this(type, line, complete, fields, device, raw, recoverable, List.of(), causes);
    }

    /** This record with other notes and causes. */
    public LogRecord explained(List<String> words, List<Cause> likely) {
        return new LogRecord(type, line, complete, fields, device, raw, recoverable, words, likely, time);
    }

    /** This record with the time of its first line. */
    public LogRecord at(Optional<LogTime> logged) {
        return new LogRecord(type, line, complete, fields, device, raw, recoverable, notes, causes, logged);
    }

    /** Whether the record has this field. */
    public boolean has(String field) {
        return fields.containsKey(field);
    }

    /** A field's value as text; empty if the record has no such field. */
    public String text(String field) {
        Value value = fields.get(field);
        return value == null ? "" : value.toString();
    }

    /** The number of a field that is hexadecimal with {@code 0x}; empty if the record has no such field. */
    public OptionalLong number(String field) {
        return Fields.hex(text(field));
    }
}
