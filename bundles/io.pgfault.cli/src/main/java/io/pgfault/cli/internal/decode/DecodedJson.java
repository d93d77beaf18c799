// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;

/** Decoded records for programs: one JSON object per record and line. Written in large pieces: call {@link #flush}. */
final class DecodedJson implements DecodedOutput {
    private static final int PIECE = 1 << 15;
    private static final String HEX = "0123456789abcdef";

    private final Writer out;
    private String file = "";
    private final StringBuilder text = new StringBuilder(2 * PIECE);

    @Override
    public void file(String name, boolean many) {
        file = many ? name : "";
    }

    DecodedJson(Writer out) {
        this.out = out;
    }

    @Override
    public void accept(LogRecord record) {
        text.append("{\"type\":\"").append(record.type().jsonName()).append('"');
        record.fields().forEach((name, value) -> {
            text.append(",\"").append(name).append("\":");
            if (value instanceof Value.Flag flag) {
                text.append(flag.set());
            } else if (value instanceof Value.Count count) {
                text.append(count.number());
            } else {
                string(value.toString());
            }
        });
        if (!file.isEmpty()) {
            text.append(",\"file\":");
            string(file);
        }
        text.append(",\"line\":").append(record.line());
        text.append(",\"complete\":").append(record.complete());
        text.append(",\"notes\":[");
        for (String note : record.notes()) {
            string(note);
            text.append(',');
        }
        dropComma();
        text.append("],\"causes\":[");
        for (Cause cause : record.causes()) {
            text.append("{\"cause\":");
            string(cause.cause());
            text.append(",\"fields\":[");
            for (String field : cause.fields()) {
                string(field);
                text.append(',');
            }
            dropComma();
            text.append("],\"check\":");
            string(cause.check());
            text.append("},");
        }
        dropComma();
        text.append("]}").append(System.lineSeparator());
        if (text.length() >= PIECE) {
            flush();
        }
    }

    @Override
    public void finish() {
        flush();
    }

    /** Writes what has been gathered. */
    void flush() {
        try {
            out.append(text).flush();
        } catch (IOException e) {
            throw new UncheckedIOException("standard output can't be written", e);
        }
        text.setLength(0);
    }

    private void dropComma() {
        if (text.charAt(text.length() - 1) == ',') {
            text.setLength(text.length() - 1);
        }
    }

    private void string(String value) {
        text.append('"');
        int from = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                text.append(value, from, i).append('\\');
                if (c < ' ') {
                    text.append("u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
                } else {
                    text.append(c);
                }
                from = i + 1;
            }
        }
        text.append(value, from, value.length()).append('"');
    }
}
