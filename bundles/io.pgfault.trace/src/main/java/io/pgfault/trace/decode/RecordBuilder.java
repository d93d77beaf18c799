// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import io.pgfault.trace.TraceFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A record that is being put together. Two builders with the same content are equal. */
public final class RecordBuilder {
    /** The device of a record that names none. */
    public static final String UNKNOWN = "unknown";

    private static final Value YES = new Value.Flag(true);
    private static final Value NO = new Value.Flag(false);

    private final RecordType type;
    private final Fields fields = new Fields();
    private String device = UNKNOWN;
    private RawRecord raw;
    private boolean recoverable;
    private boolean complete = true;
    private int certain = -1;
    private boolean numbered;
    private String key = "";
    private final List<String> notes = new ArrayList<>(0);

    /** A record of this type, without fields. */
    public RecordBuilder(RecordType type) {
        this.type = type;
    }

    private RecordBuilder put(String name, Value value) {
        fields.set(name, value);
        return this;
    }

    /** Puts a word. */
    public RecordBuilder text(String name, String value) {
        return put(name, new Value.Text(value));
    }

    /** Puts a number in hexadecimal with {@code 0x}. */
    public RecordBuilder hex(String name, long value) {
        return hex(name, value, 1);
    }

    /** Hexadecimal with at least this many digits. */
    public RecordBuilder hex(String name, long value, int digits) {
        numbered = true;
        return text(name, hex(value, digits));
    }

    /** {@code 0x} and at least this many digits. */
    public static String hex(long value, int digits) {
        int length = Math.max(digits, (Long.SIZE + 3 - Long.numberOfLeadingZeros(value)) / 4);
        byte[] text = new byte[2 + length];
        text[0] = '0';
        text[1] = 'x';
        for (int i = 0; i < length; i++) {
            text[1 + length - i] = (byte) Character.forDigit((int) (i < 16 ? value >>> (4 * i) & 0xf : 0), 16);
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** Puts a number that people count in decimal. */
    public RecordBuilder number(String name, long value) {
        numbered = true;
        return put(name, new Value.Count(value));
    }

    /** Puts yes or no. */
    public RecordBuilder flag(String name, boolean value) {
        return put(name, value ? YES : NO);
    }

    /** Names the device that faulted. */
    public RecordBuilder device(String name) {
        device = name;
        return this;
    }

    /** The device is a PCI function. */
    public RecordBuilder function(int requesterId) {
        return device(PciFunction.name(requesterId));
    }

    /** Puts the record as the hardware wrote it. */
    public RecordBuilder raw(TraceFormat format, long... words) {
        List<Long> all = new ArrayList<>(words.length);
        for (long word : words) {
            all.add(word);
        }
        raw = new RawRecord(format, all);
        return this;
    }

    /** Says whether the device waits for an answer. */
    public RecordBuilder recoverable(boolean value) {
        recoverable = value;
        return this;
    }

    /** Adds a sentence about what this message alone tells, such as what came before the message. */
    public RecordBuilder note(String sentence) {
        notes.add(sentence);
        return this;
    }

    /**
     * Marks the record as incomplete: something is missing or uncertain. The raw words are dropped, because they are
     * uncertain, too.
     */
    public RecordBuilder incomplete() {
        complete = false;
        raw = null;
        return this;
    }

    /** The fields from here on all come from the message's last number. */
    public RecordBuilder ofLastNumber() {
        certain = fields.size();
        return this;
    }

    /**
     * Marks the record as incomplete, because its last number stands at the end of the text and may have been cut. The
     * fields since {@link #ofLastNumber} are dropped; without that mark every field stays.
     */
    public RecordBuilder openEnd() {
        return certain < 0 ? incomplete() : withoutLast();
    }

    /** Drops the fields that come from the last number, whose value turned out to be uncertain. */
    public RecordBuilder withoutLast() {
        fields.truncate(certain < 0 ? fields.size() - 1 : certain);
        return incomplete();
    }

    /** Whether the record has no field. */
    public boolean isEmpty() {
        return fields.isEmpty();
    }

    /** Whether the record has this field. */
    public boolean has(String name) {
        return fields.has(name);
    }

    /** Returns the value of a field as text; empty if the record has no such field. */
    public String value(String name) {
        return fields.text(name);
    }

    /** The device that faulted; {@code "unknown"} if no message names it. */
    public String device() {
        return device;
    }

    /** Whether the record has a value that only a log has: a number or the name of a device. */
    public boolean isCertain() {
        return numbered || !device.equals(UNKNOWN);
    }

    /**
     * More lines about this record may follow: a {@link io.pgfault.trace.grammar.ParsedField.FollowUp} of the same type
     * and key adds their fields.
     *
     * @param unit what tells this record from others of its type, such as the unit's name
     */
    public RecordBuilder awaits(String unit) {
        key = unit;
        return this;
    }

    /** The unit that {@link #awaits} was called with, which later lines of the record name; empty if none follow. */
    public String key() {
        return key;
    }

    /** Whether nothing is missing or uncertain. */
    public boolean isComplete() {
        return complete;
    }

    /** What the record tells of. */
    public RecordType type() {
        return type;
    }

    /** Adds the fields that this record lacks, and the device if this record has none. */
    public void add(RecordBuilder more) {
        more.fields.forEach((name, value) -> {
            if (!fields.has(name)) {
                fields.set(name, value);
            }
        });
        notes.addAll(more.notes);
        if (device.equals(UNKNOWN)) {
            device = more.device;
        }
    }

    /**
     * Returns {@code other}, a later record, with this record's notes and with those of this record's fields that
     * {@code other} lacks.
     */
    public RecordBuilder completedBy(RecordBuilder other) {
        other.add(this);
        return other;
    }

    /** Whether both records have a field with different values. */
    public boolean contradicts(RecordBuilder other) {
        for (String name : other.fields.keySet()) {
            if (fields.has(name) && !fields.text(name).equals(other.fields.text(name))) {
                return true;
            }
        }
        return false;
    }

    /**
     * The finished record, with its own notes, without the grammar's and without causes. The builder is not changed
     * from then on.
     */
    public LogRecord toRecord(long line) {
        return new LogRecord(
                type, line, complete, fields, device, Optional.ofNullable(raw), recoverable, notes, List.of());
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof RecordBuilder d
                && type.equals(d.type)
                && fields.equals(d.fields)
                && device.equals(d.device)
                && complete == d.complete;
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, fields, device, complete);
    }
}
