// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import io.pgfault.trace.decode.Characters;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A list of {@code name=value}, with commas, spaces or colons between, as many drivers print it. The list ends where
 * the text goes on differently. A number ends at the first character that is no digit; a value at the very end of the
 * text may be cut.
 */
final class Pairs {
    private final Map<String, String> values = new HashMap<>();
    private String last = "";
    private int end;
    private boolean exhausted;

    /** Reads the list that starts at index {@code from}. */
    static Pairs read(String text, int from) {
        Pairs pairs = new Pairs();
        pairs.end = from;
        while (pairs.next(text)) {
            // Each step reads one pair.
        }
        return pairs;
    }

    private boolean next(String text) {
        int at = end;
        while (at < text.length() && (Characters.isSpace(text.charAt(at)) || text.charAt(at) == ',')) {
            at++;
        }
        int name = at;
        while (at < text.length() && Characters.isWord(text.charAt(at))) {
            at++;
        }
        int nameEnd = at;
        while (at < text.length() && Characters.isSpace(text.charAt(at))) {
            at++;
        }
        if (at >= text.length()) {
            exhausted = true;
            return false;
        }
        if (nameEnd == name || text.charAt(at) != '=') {
            return false;
        }
        at++;
        while (at < text.length() && Characters.isSpace(text.charAt(at))) {
            at++;
        }
        int value = at;
        while (at < text.length() && Characters.isWord(text.charAt(at))) {
            at++;
        }
        if (at == value) {
            exhausted = at == text.length();
            return false;
        }
        last = text.substring(name, nameEnd);
        if (values.putIfAbsent(last, text.substring(value, at)) != null) {
            return false;
        }
        end = at;
        exhausted = at == text.length();
        if (at < text.length() && text.charAt(at) == '(') {
            int close = text.indexOf(')', at);
            if (close < 0) {
                exhausted = true;
                return false;
            }
            values.put(last + "()", text.substring(at + 1, close));
            end = close + 1;
        }
        return true;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String text(String name) {
        return values.getOrDefault(name, "");
    }

    /** The number of a hexadecimal value, with or without {@code 0x}; -1 if the value is none. */
    long hex(String name) {
        String text = text(name);
        String digits = text.startsWith("0x") ? text.substring(2) : text;
        if (digits.isEmpty() || digits.length() > 16 || !digits.matches("[0-9a-fA-F]+")) {
            return -1;
        }
        return Long.parseUnsignedLong(digits, 16);
    }

    /** Whether the value is hexadecimal with {@code 0x}. */
    boolean isHex(String name) {
        return text(name).matches("0x[0-9a-fA-F]{1,16}");
    }

    /** Whether the value is decimal. */
    boolean isDecimal(String name) {
        return text(name).matches("\\d{1,9}");
    }

    /**
     * Whether the text holds one of these names behind other letters, such as {@code Ifsr}: a line of another message
     * ended there, and the name's own value is lost.
     */
    boolean hasJoined(Set<String> names) {
        return values.keySet().stream().filter(name -> !names.contains(name)).anyMatch(name -> names.stream()
                .anyMatch(name::endsWith));
    }

    /** Forgets the last pair: its value may be cut. */
    void dropLast() {
        values.remove(last);
        values.remove(last + "()");
    }

    /** Index behind the last pair. */
    int end() {
        return end;
    }

    /** The name of the last pair. */
    String last() {
        return last;
    }

    /** Whether the text ended in or right behind the list. */
    boolean exhausted() {
        return exhausted;
    }
}
