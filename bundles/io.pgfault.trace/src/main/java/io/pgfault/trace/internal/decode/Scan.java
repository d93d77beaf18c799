// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a message token by token. The first token that isn't there stops everything: from then on nothing is read, {@link
 * #ok} is false, and {@link #exhausted} tells whether the text just ended too early. A number that stands at the very end
 * may have been cut, so it is only taken where the message may end; {@link #openEnd} says that this happened. White space
 * between tokens means nothing.
 */
final class Scan {
    private static final int MAX_HEX_DIGITS = 16;

    private final String text;
    private int at;
    private boolean ok = true;
    private boolean exhausted;
    private boolean openEnd;

    Scan(String text, int from) {
        this.text = text;
        this.at = from;
    }

    boolean ok() {
        return ok;
    }

    boolean exhausted() {
        return exhausted;
    }

    boolean openEnd() {
        return ok && openEnd;
    }

    String text() {
        return text;
    }

    int position() {
        return at;
    }

    /** Gives up, because what was read can't be. */
    void reject() {
        ok = false;
    }

    /** Reads this literal. */
    Scan literal(String literal) {
        if (ok && !take(literal)) {
            int rest = text.length() - at;
            exhausted = rest < literal.length() && literal.startsWith(text.substring(at));
            ok = false;
        }
        return this;
    }

    /** Reads this literal if it is there. */
    boolean take(String literal) {
        if (!ok) {
            return false;
        }
        skipSpace();
        if (text.startsWith(literal, at)) {
            at += literal.length();
            return true;
        }
        return false;
    }

    /** Whether nothing but white space is left. */
    boolean atEnd() {
        skipSpace();
        return at == text.length();
    }

    /** Reads hexadecimal digits, {@code 0x} or not, after which the message goes on. */
    long hex() {
        return number(false, 16, Integer.MAX_VALUE);
    }

    /** Reads hexadecimal digits with which the message may end; this many always are there. */
    long lastHex(int digits) {
        return number(true, 16, digits);
    }

    /** Reads decimal digits, after which the message goes on. */
    long decimal() {
        return number(false, 10, Integer.MAX_VALUE);
    }

    private long number(boolean last, int radix, int width) {
        if (!ok) {
            return 0;
        }
        skipSpace();
        int from = at;
        if (radix == 16 && text.startsWith("0x", at)) {
            from += 2;
        }
        int to = from;
        while (to < text.length() && to - from <= MAX_HEX_DIGITS && Character.digit(text.charAt(to), radix) >= 0) {
            to++;
        }
        boolean end = to == text.length();
        if (to == from || to - from > MAX_HEX_DIGITS || (end && !last)) {
            ok = false;
            exhausted = end || from > text.length();
            return 0;
        }
        if (!end && (Character.isLetterOrDigit(text.charAt(to)) || text.charAt(to) == '_')) {
            ok = false;
            return 0;
        }
        if (end && to - from < width) {
            openEnd = true;
        }
        at = to;
        return Long.parseUnsignedLong(text.substring(from, to), radix);
    }

    /** Reads what the pattern matches; null if nothing. The match may not touch the end of the text. */
    Matcher match(Pattern pattern) {
        if (!ok) {
            return null;
        }
        skipSpace();
        Matcher m = pattern.matcher(text).region(at, text.length());
        boolean found = m.lookingAt();
        if (found && m.end() < text.length()) {
            at = m.end();
            return m;
        }
        ok = false;
        exhausted = found || m.hitEnd() || at == text.length();
        return null;
    }

    /** Reads what the pattern matches, which may be the end of the message; null if nothing. */
    Matcher matchLast(Pattern pattern) {
        if (!ok) {
            return null;
        }
        skipSpace();
        Matcher m = pattern.matcher(text).region(at, text.length());
        if (m.lookingAt()) {
            at = m.end();
            return m;
        }
        ok = false;
        exhausted = m.hitEnd();
        return null;
    }

    /** The next character that is no white space, 0 at the end. */
    char peek() {
        skipSpace();
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }
}
