// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RawRecord;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.decode.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A record that is being put together. Two drafts that say the same are equal. */
final class Draft {
    /** Who faulted, if the log doesn't say. */
    static final String UNKNOWN = "unknown";

    private static final Value YES = new Value.Flag(true);
    private static final Value NO = new Value.Flag(false);

    private final RecordType type;
    private final Fields fields = new Fields();
    private String device = UNKNOWN;
    private RawRecord raw;
    private boolean recoverable;
    private boolean complete = true;
    private int certain = -1;

    Draft(RecordType type) {
        this.type = type;
    }

    private Draft put(String name, Value value) {
        fields.set(name, value);
        return this;
    }

    Draft text(String name, String value) {
        return put(name, new Value.Text(value));
    }

    Draft hex(String name, long value) {
        return hex(name, value, 1);
    }

    /** Hexadecimal with at least this many digits. */
    Draft hex(String name, long value, int digits) {
        return text(name, hex(value, digits));
    }

    /** {@code 0x} and at least this many digits. */
    static String hex(long value, int digits) {
        int length = Math.max(digits, (Long.SIZE + 3 - Long.numberOfLeadingZeros(value)) / 4);
        byte[] text = new byte[2 + length];
        text[0] = '0';
        text[1] = 'x';
        for (int i = 0; i < length; i++) {
            text[1 + length - i] = (byte) Character.forDigit((int) (i < 16 ? value >>> (4 * i) & 0xf : 0), 16);
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    Draft number(String name, long value) {
        return put(name, new Value.Count(value));
    }

    Draft flag(String name, boolean value) {
        return put(name, value ? YES : NO);
    }

    Draft device(String name) {
        device = name;
        return this;
    }

    /** The device is a PCI function. */
    Draft function(int requesterId) {
        return device(Functions.name(requesterId));
    }

    Draft raw(TraceFormat format, long... words) {
        List<Long> all = new ArrayList<>(words.length);
        for (long word : words) {
            all.add(word);
        }
        raw = new RawRecord(format, all);
        return this;
    }

    Draft recoverable(boolean value) {
        recoverable = value;
        return this;
    }

    /** Something is missing or uncertain. Then the record's words are, too. */
    Draft incomplete() {
        complete = false;
        raw = null;
        return this;
    }

    /** The fields from here on all come from the message's last number. */
    Draft ofLastNumber() {
        certain = fields.size();
        return this;
    }

    /** The last number stands at the very end of what there is: it may go on. Shown is what is there. */
    Draft openEnd() {
        return certain < 0 ? incomplete() : withoutLast();
    }

    /** Takes back what comes from the last number: its value turned out to be uncertain. */
    Draft withoutLast() {
        fields.truncate(certain < 0 ? fields.size() - 1 : certain);
        return incomplete();
    }

    boolean isEmpty() {
        return fields.isEmpty();
    }

    boolean has(String name) {
        return fields.has(name);
    }

    /** A field's value as text; empty if it isn't there. */
    String value(String name) {
        return fields.text(name);
    }

    String device() {
        return device;
    }

    /** The finished record; the draft is not changed from then on. */
    LogRecord toRecord(long line) {
        return new LogRecord(
                type,
                line,
                complete,
                fields,
                device,
                Optional.ofNullable(raw),
                recoverable,
                CauseRules.causes(type, fields));
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Draft d
                && type == d.type
                && fields.equals(d.fields)
                && device.equals(d.device)
                && complete == d.complete;
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, fields, device, complete);
    }
}
