// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.grammar;

import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.PciFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a message token by token. The first token that isn't there stops everything: from then on nothing is read,
 * {@link #ok} is false, and {@link #exhausted} tells whether the text just ended too early. A number that stands at the
 * very end may have been cut, so it is only taken where the message may end; {@link #openEnd} says that this happened.
 * White space between tokens means nothing.
 */
public final class MessageScanner {
    private static final int MAX_HEX_DIGITS = 16;
    private static final int MAX_DECIMAL_DIGITS = 18;

    private final String text;
    private int at;
    private boolean ok = true;
    private boolean exhausted;
    private boolean openEnd;

    public MessageScanner(String text, int from) {
        this.text = text;
        this.at = from;
    }

    public boolean ok() {
        return ok;
    }

    public boolean exhausted() {
        return exhausted;
    }

    public boolean openEnd() {
        return ok && openEnd;
    }

    public int position() {
        return at;
    }

    /** Gives up, because what was read can't be. */
    public void reject() {
        ok = false;
    }

    /** Gives up because the text ended before the message did. */
    public void exhaust() {
        fail(true);
    }

    private void fail(boolean early) {
        ok = false;
        exhausted = early;
    }

    /** Reads this literal. */
    public MessageScanner literal(String literal) {
        if (ok && !take(literal)) {
            fail(endsWithin(literal));
        }
        return this;
    }

    /** Whether the text ends with a first part of the literal. */
    private boolean endsWithin(String literal) {
        int rest = text.length() - at;
        return rest < literal.length() && text.regionMatches(at, literal, 0, rest);
    }

    /** Reads this literal if it is there. */
    public boolean take(String literal) {
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

    /** Reads one of these characters; 0 if none is there. */
    public char oneOf(String characters) {
        char c = ok ? peek() : 0;
        if (ok && characters.indexOf(c) < 0) {
            fail(at == text.length());
        }
        at += ok ? 1 : 0;
        return ok ? c : 0;
    }

    /** Reads text in double quotes. */
    public void quoted() {
        literal("\"");
        if (ok) {
            int end = text.indexOf('"', at);
            if (end < 0) {
                fail(true);
            } else {
                at = end + 1;
            }
        }
    }

    /** A second scanner that starts at the position of this scanner. */
    public MessageScanner copy() {
        return new MessageScanner(text, at);
    }

    /**
     * Reads this literal if it is there. A text that ends before the literal leaves its end open; a text that ends
     * within the literal is cut.
     */
    public boolean takeOptional(String literal) {
        if (take(literal)) {
            return true;
        }
        if (ok && atEnd()) {
            openEnd = true;
        } else if (ok && endsWithin(literal)) {
            fail(true);
        }
        return false;
    }

    /** Whether nothing but white space is left. */
    public boolean atEnd() {
        skipSpace();
        return at == text.length();
    }

    /** Reads hexadecimal digits, {@code 0x} or not, after which the message goes on. */
    public long hex() {
        return number(false, true, Integer.MAX_VALUE);
    }

    /** Reads hexadecimal digits with which the message may end; it never has more digits than these. */
    public long lastHex(int digits) {
        return number(true, true, digits);
    }

    /** Reads hexadecimal digits that are padded to this many. */
    public long paddedHex(int least, boolean last) {
        int from = ok && peek() != 0 ? at : 0;
        long number = last ? lastHex(MAX_HEX_DIGITS) : hex();
        if (ok && at - from < least) {
            fail(at == text.length());
        }
        return ok ? number : 0;
    }

    /**
     * As {@link #lastHex}, for a number that always has {@code 0x} before it. A lone zero at the end of the text means
     * that the line was cut within {@code 0x}, so the number is unknown.
     */
    public long lastPrefixed(int digits) {
        if (ok && peek() == '0' && at + 1 == text.length()) {
            fail(true);
        }
        return lastHex(digits);
    }

    /**
     * As {@link #lastHex}, for a number that always has this many digits. Fewer digits at the end of the text mean that
     * the line was cut within the number, so the number is unknown.
     */
    public long lastPadded(int digits) {
        long number = lastPrefixed(digits);
        if (openEnd()) {
            fail(true);
        }
        return number;
    }

    /** Reads decimal digits, after which the message goes on. */
    public long decimal() {
        return number(false, false, Integer.MAX_VALUE);
    }

    /** Reads decimal digits with which the message may end. The number never has more digits than these. */
    public long lastDecimal(int digits) {
        return number(true, false, digits);
    }

    /** Reads decimal digits, at least this many, after which the message goes on. */
    public long decimal(int least) {
        int from = ok && peek() != 0 ? at : 0;
        long number = decimal();
        if (ok && at - from < least) {
            ok = false;
        }
        return ok ? number : 0;
    }

    private long number(boolean last, boolean hex, int width) {
        if (!ok) {
            return 0;
        }
        skipSpace();
        int from = at;
        if (hex && text.startsWith("0x", at)) {
            from += 2;
        }
        int length = text.length();
        int most = hex ? MAX_HEX_DIGITS : MAX_DECIMAL_DIGITS;
        long value = 0;
        int to = from;
        for (; to < length && to - from <= most; to++) {
            int digit = anyDigit(text.charAt(to), hex);
            if (digit < 0) {
                break;
            }
            value = hex ? value << 4 | digit : value * 10 + digit;
        }
        boolean end = to == length;
        if (to == from || to - from > most || (end && !last)) {
            fail(end);
            return 0;
        }
        if (!end && (Characters.isWord(text.charAt(to)) || Character.isLetterOrDigit(text.charAt(to)))) {
            ok = false;
            return 0;
        }
        if (end && to - from < width) {
            openEnd = true;
        }
        at = to;
        return value;
    }

    private static int anyDigit(char c, boolean hex) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int digit = hex ? (c | 0x20) - 'a' + 10 : -1;
        return digit >= 10 && digit <= 15 && c < 0x80 ? digit : -1;
    }

    /** Reads exactly this many hexadecimal digits in lower case; anything may follow. */
    public long fixedHex(int digits) {
        if (!ok) {
            return 0;
        }
        skipSpace();
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at + i < text.length() ? Characters.hexDigit(text.charAt(at + i)) : -1;
            if (digit < 0) {
                fail(at + i == text.length());
                return 0;
            }
            value = value << 4 | digit;
        }
        at += digits;
        return value;
    }

    /** Reads decimal digits, at most this many; anything but another digit may follow. */
    public long decimalOf(int most) {
        if (!ok) {
            return 0;
        }
        skipSpace();
        long value = 0;
        int to = at;
        for (; to < text.length() && to - at <= most && anyDigit(text.charAt(to), false) >= 0; to++) {
            value = value * 10 + text.charAt(to) - '0';
        }
        if (to == at || to - at > most || to == text.length()) {
            fail(to == text.length());
            return 0;
        }
        at = to;
        return value;
    }

    /** Reads a word of letters, digits and underscores, after which the message goes on; empty if there is none. */
    public String word() {
        if (!ok) {
            return "";
        }
        skipSpace();
        int to = at;
        while (to < text.length() && Characters.isWord(text.charAt(to))) {
            to++;
        }
        return token(to);
    }

    /** Reads everything up to white space, after which the message goes on; empty if there is none. */
    public String untilSpace() {
        if (!ok) {
            return "";
        }
        skipSpace();
        int to = at;
        while (to < text.length() && !Characters.isSpace(text.charAt(to))) {
            to++;
        }
        return token(to);
    }

    /** Reads the name of a device of any bus, after which the message goes on; empty if there is none. */
    public String device() {
        String name = untilSpace();
        if (PciFunction.named(name, 0, name.length())) {
            return name;
        }
        for (int i = 0; i < name.length(); i++) {
            if (!Characters.isWord(name.charAt(i)) && ".@-".indexOf(name.charAt(i)) < 0) {
                ok = false;
                return "";
            }
        }
        return name;
    }

    /** Reads the name of a PCI function, after which the message goes on; empty if there is none. */
    public String function() {
        if (!ok) {
            return "";
        }
        skipSpace();
        int to = at;
        while (to < text.length()
                && (Characters.hexDigit(text.charAt(to)) >= 0 || ":.".indexOf(text.charAt(to)) >= 0)) {
            to++;
        }
        if (to < text.length() && !PciFunction.named(text, at, to)) {
            fail(false);
        }
        return token(to);
    }

    private String token(int to) {
        if (ok && (to == at || to == text.length())) {
            fail(to == text.length());
        }
        if (!ok) {
            return "";
        }
        String token = text.substring(at, to);
        at = to;
        return token;
    }

    /**
     * Reads what the pattern matches, after which the message goes on; null if it matches nothing. Slow: for rare
     * messages.
     */
    public Matcher match(Pattern pattern) {
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
        fail(found || m.hitEnd() || at == text.length());
        return null;
    }

    /**
     * Reads what the pattern matches, which may be the end of the message; null if it matches nothing. Slow: for rare
     * messages.
     */
    public Matcher matchLast(Pattern pattern) {
        if (!ok) {
            return null;
        }
        skipSpace();
        Matcher m = pattern.matcher(text).region(at, text.length());
        if (m.lookingAt()) {
            at = m.end();
            return m;
        }
        fail(m.hitEnd());
        return null;
    }

    /** The next character that is no white space, 0 at the end. */
    public char peek() {
        skipSpace();
        return at < text.length() ? text.charAt(at) : 0;
    }

    /** Whether the text from here on starts with this literal, white space aside. */
    public boolean next(String literal) {
        skipSpace();
        return text.startsWith(literal, at);
    }

    private void skipSpace() {
        while (at < text.length() && Characters.isSpace(text.charAt(at))) {
            at++;
        }
    }
}
