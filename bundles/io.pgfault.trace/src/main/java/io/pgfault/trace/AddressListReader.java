// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.api.Permissions;
import io.pgfault.trace.internal.Lines;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A list of addresses, one in each line, as a handler of {@code userfaultfd} prints them: a hexadecimal address with or
 * without {@code 0x}, and after white space {@code r}, {@code w} or {@code rw}; {@code r} if there is no letter. Blank
 * lines and what follows {@code #} are ignored; another line is unreadable. An access has one byte.
 */
public final class AddressListReader implements AccessSource {
    private static final Pattern LINE =
            Pattern.compile("\\s*(?:(?:0[xX])?([0-9a-fA-F]{1,16})(?:\\s+([rR])?([wW])?)?)?\\s*(?:#.*)?");

    private final TraceFile file;
    private final Lines lines;
    private final Matcher matcher = LINE.matcher("");
    private int permissions;
    private long address;
    private long accesses;

    /** Reads {@code file}, from its start, and closes it in the end. */
    public AddressListReader(TraceFile file) {
        this.file = file;
        this.lines = new Lines(file);
    }

    /** Whether a line is one of such a list, a blank line included. */
    static boolean isLine(String text) {
        return LINE.matcher(text).matches();
    }

    @Override
    public boolean next() throws UnreadableInput {
        while (lines.next()) {
            String text = lines.text();
            if (!matcher.reset(text).matches()) {
                throw UnreadableInput.atLine(
                        file.name(), lines.number(), "not an address such as 0x7f001000 w: \"" + text + "\"");
            }
            if (matcher.group(1) != null) {
                address = Long.parseUnsignedLong(matcher.group(1), 16);
                int asked = (matcher.group(2) == null ? 0 : Permissions.READ)
                        | (matcher.group(3) == null ? 0 : Permissions.WRITE);
                permissions = asked == 0 ? Permissions.READ : asked;
                accesses++;
                return true;
            }
        }
        if (file.cut()) {
            throw UnreadableInput.atLine(
                    file.name(), lines.number(), "the gzip data ends early, the file is truncated");
        }
        if (accesses == 0) {
            throw UnreadableInput.atLine(file.name(), lines.number(), "the file ends without one address");
        }
        return false;
    }

    @Override
    public int permissions() {
        return permissions;
    }

    @Override
    public long address() {
        return address;
    }

    /** 1. */
    @Override
    public int size() {
        return 1;
    }

    @Override
    public long line() {
        return lines.number();
    }

    @Override
    public long accesses() {
        return accesses;
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
