// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.api.Permissions;
import io.pgfault.trace.internal.LineAccesses;
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

    private final Matcher matcher = LINE.matcher("");

    private final LineAccesses lines;

    /** Reads {@code file}, from its start, and closes it in the end. */
    public AddressListReader(TraceFile file) {
        this.lines = new LineAccesses(file, "address");
    }

    /** Whether a line is one of such a list, a blank line included. */
    static boolean isLine(String text) {
        return LINE.matcher(text).matches();
    }

    private boolean read(String text) throws UnreadableInput {
        if (!matcher.reset(text).matches()) {
            throw UnreadableInput.atLine(name(), line(), "not an address such as 0x7f001000 w: \"" + text + "\"");
        }
        if (matcher.group(1) == null) {
            return false;
        }
        int asked =
                (matcher.group(2) == null ? 0 : Permissions.READ) | (matcher.group(3) == null ? 0 : Permissions.WRITE);
        return lines.take(Long.parseUnsignedLong(matcher.group(1), 16), asked == 0 ? Permissions.READ : asked);
    }

    @Override
    public boolean next() throws UnreadableInput {
        return lines.next(this::read);
    }

    @Override
    public int permissions() {
        return lines.permissions();
    }

    @Override
    public long address() {
        return lines.address();
    }

    /** Returns 1, the size of every access of this source, in bytes. */
    @Override
    public int size() {
        return 1;
    }

    @Override
    public long line() {
        return lines.line();
    }

    @Override
    public long accesses() {
        return lines.accesses();
    }

    @Override
    public String name() {
        return lines.name();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
