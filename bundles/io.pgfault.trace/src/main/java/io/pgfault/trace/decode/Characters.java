// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

/** The classes of characters that drivers' messages are made of. Any thread may call the methods. */
public final class Characters {
    private Characters() {}

    /** The value of a hexadecimal digit in lower case, 0 to 15; -1 if the character is none. */
    public static int hexDigit(char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }

    /** Whether the character is white space. */
    public static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r') || (c > 0x7f && Character.isWhitespace(c));
    }

    /** Whether a word goes on with this character: a letter, a digit or an underscore of ASCII. */
    public static boolean isWord(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_';
    }
}
