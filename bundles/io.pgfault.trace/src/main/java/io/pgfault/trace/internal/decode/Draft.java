// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RawRecord;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.decode.Value;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A record that is being put together. Two drafts that say the same are equal. */
final class Draft {
    /** Who faulted, if the log doesn't say. */
    static final String UNKNOWN = "unknown";

    private final RecordType type;
    private final Map<String, Value> fields = new LinkedHashMap<>();
    private String device = UNKNOWN;
    private RawRecord raw;
    private boolean recoverable;
    private boolean complete = true;
    private String lastField = "";

    Draft(RecordType type) {
        this.type = type;
    }

    RecordType type() {
        return type;
    }

    Draft text(String name, String value) {
        fields.put(name, new Value.Text(value));
        lastField = name;
        return this;
    }

    Draft hex(String name, long value) {
        return text(name, "0x" + Long.toHexString(value));
    }

    /** Hexadecimal with at least this many digits. */
    Draft hex(String name, long value, int digits) {
        return text(name, ("0x%0" + digits + "x").formatted(value));
    }

    Draft number(String name, long value) {
        fields.put(name, new Value.Count(value));
        lastField = name;
        return this;
    }

    Draft flag(String name, boolean value) {
        fields.put(name, new Value.Flag(value));
        lastField = name;
        return this;
    }

    Draft device(String name) {
        device = name;
        return this;
    }

    Draft raw(TraceFormat format, long... words) {
        raw = new RawRecord(format, Arrays.stream(words).boxed().toList());
        return this;
    }

    Draft recoverable(boolean value) {
        recoverable = value;
        return this;
    }

    Draft incomplete() {
        complete = false;
        return this;
    }

    /** Takes back the field that was put last: its value turned out to be uncertain. */
    Draft withoutLast() {
        fields.remove(lastField);
        raw = null;
        return incomplete();
    }

    boolean isEmpty() {
        return fields.isEmpty();
    }

    boolean has(String name) {
        return fields.containsKey(name);
    }

    /** A field's value as text; empty if it isn't there. */
    String value(String name) {
        Value value = fields.get(name);
        return value == null ? "" : value.toString();
    }

    String device() {
        return device;
    }

    LogRecord toRecord(long line) {
        LogRecord plain =
                new LogRecord(type, line, complete, fields, device, Optional.ofNullable(raw), recoverable, List.of());
        return new LogRecord(type, line, complete, fields, device, plain.raw(), recoverable, CauseRules.causes(plain));
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
