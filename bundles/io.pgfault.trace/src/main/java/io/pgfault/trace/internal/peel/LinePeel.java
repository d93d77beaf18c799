// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.peel;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes off a line what loggers, terminals, mail programs and web pages put around a message: JSON, escaped characters,
 * quoted-printable, HTML, Markdown, quoting, colours. Everything that reads lines gets them from here. One thread.
 *
 * <p>Most lines have none of it: one pass over the characters tells what a line may have.
 */
public final class LinePeel {
    private static final int ESCAPE = 1;
    private static final int BACKSLASH = 2;
    private static final int AMPERSAND = 4;
    private static final int EQUALS = 8;
    private static final int QUOTE = 16;
    private static final int BRACE = 32;
    private static final int BLANK = 64;
    private static final int RETURN = 128;
    private static final int HASH = 256;
    private static final int CARET = 512;
    private static final int[] CLASSES = new int[256];

    static {
        CLASSES[0x1b] = ESCAPE;
        CLASSES['\\'] = BACKSLASH;
        CLASSES['&'] = AMPERSAND;
        CLASSES['='] = EQUALS;
        CLASSES['>'] = QUOTE;
        CLASSES['|'] = QUOTE;
        CLASSES['"'] = BRACE;
        CLASSES[0xa0] = BLANK;
        CLASSES[0] = BLANK;
        CLASSES['\r'] = RETURN;
        CLASSES['#'] = HASH;
        CLASSES['^'] = CARET;
    }

    private static final Pattern COLOUR = Pattern.compile("\\x1b\\[[0-9;?]*[A-Za-z]|\\x1b[()][A-Z0-9]");
    private static final Pattern QUOTING = Pattern.compile("^(?:\\s*(?:\\w{1,3})?[>|](?!>? ?[\\w ]*[-=]>))+ ?");
    private static final Pattern JSON = Pattern.compile("\"(?:MESSAGE|msg|message|log)\"\\s*:\\s*(?:\"|\\[)");
    private static final Pattern ENTITY = Pattern.compile(
            "&(?:#(\\d{1,5})|#x([0-9a-fA-F]{1,4})|(amp|lt|gt|quot|apos|nbsp|lbrack|rbrack|lsqb|rsqb|lowbar|colon|equals));");
    private static final Pattern HTML_TAG =
            Pattern.compile("</?(?:br|p|div|span|pre|code|td|tr|b|i|em|strong|font)\\b[^<>]{0,80}>");
    private static final Pattern ENCODED = Pattern.compile("=([0-9A-F]{2})");
    private static final int ENCODED_LINE = 76;
    private static final int STICKY_LINES = 60;

    private int encodedLines;

    /** The line without what stands around its message. Carriage returns stay: they end lines. */
    public String peel(String line) {
        int found = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            found |= c < 256 ? CLASSES[c] : (c >= 0x2000 && c <= 0x202f) || c == 0xfeff ? BLANK : 0;
        }
        encodedLines = Math.max(encodedLines - 1, 0);
        return found == 0 ? line : peel(line, found);
    }

    private String peel(String line, int found) {
        String text = line;
        if ((found & RETURN) != 0 && text.indexOf('\r') >= text.stripTrailing().length()) {
            text = text.replace("\r", "");
        }
        if ((found & ESCAPE) != 0) {
            text = COLOUR.matcher(text).replaceAll("");
        }
        if ((found & BRACE) != 0) {
            text = json(text);
        }
        if ((found & AMPERSAND) != 0 && text.indexOf(';') >= 0) {
            text = html(text);
        }
        if ((found & QUOTE) != 0 && text.indexOf('<') >= 0) {
            text = HTML_TAG.matcher(text).replaceAll("");
        }
        if ((found & EQUALS) != 0 || encodedLines > 0) {
            text = quotedPrintable(text);
        }
        if ((found & (BACKSLASH | HASH | CARET)) != 0) {
            text = escapes(text);
        }
        if ((found & BLANK) != 0) {
            text = blanks(text);
        }
        if (text.indexOf('>') >= 0 || text.indexOf('|') >= 0) {
            text = QUOTING.matcher(text).replaceFirst("");
        }
        return text;
    }

    private static String blanks(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0xfeff || c == 0x200b) {
                continue;
            }
            out.append(c == 0 || c == 0xa0 || (c >= 0x2000 && c <= 0x202f) ? ' ' : c);
        }
        return out.toString();
    }

    /** Tabs as loggers write them, and the characters before which Markdown puts a backslash. */
    private static String escapes(String text) {
        String tabs = text.replace("#011", "\t").replace("\\x09", "\t").replace("^I", "\t");
        if (tabs.indexOf('\\') < 0) {
            return tabs;
        }
        StringBuilder out = new StringBuilder(tabs.length());
        int i = 0;
        while (i < tabs.length()) {
            char c = tabs.charAt(i);
            i++;
            char next = i < tabs.length() ? tabs.charAt(i) : 0;
            if (c == '\\' && "_[]*()#-.!<>`~|{}+:=".indexOf(next) >= 0 && next != 0) {
                continue;
            }
            if (c == '\\' && next == 't') {
                out.append('\t');
                i++;
                continue;
            }
            out.append(c);
        }
        return out.toString();
    }

    private static String html(String text) {
        Matcher m = ENTITY.matcher(text);
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        while (m.find()) {
            out.append(text, from, m.start());
            from = m.end();
            if (m.group(1) != null) {
                out.append((char) Integer.parseInt(m.group(1)));
            } else if (m.group(2) != null) {
                out.append((char) Integer.parseInt(m.group(2), 16));
            } else {
                out.append(
                        switch (m.group(3)) {
                            case "amp" -> '&';
                            case "lt" -> '<';
                            case "gt" -> '>';
                            case "quot" -> '"';
                            case "apos" -> '\'';
                            case "lbrack", "lsqb" -> '[';
                            case "rbrack", "rsqb" -> ']';
                            case "lowbar" -> '_';
                            case "colon" -> ':';
                            case "equals" -> '=';
                            default -> ' ';
                        });
            }
        }
        return from == 0 ? text : out.append(text, from, text.length()).toString();
    }

    /** A line of mail in quoted-printable (RFC 2045 §6.7): it has an encoded equals sign, or lines before it had. */
    private String quotedPrintable(String text) {
        String line = text.stripTrailing();
        boolean full = line.endsWith("=") && line.length() >= ENCODED_LINE - 3 && line.length() <= ENCODED_LINE;
        if (line.contains("=3D")) {
            encodedLines = STICKY_LINES;
        }
        if (encodedLines == 0 && !full) {
            return text;
        }
        String whole = line.endsWith("=") ? line.substring(0, line.length() - 1) : text;
        if (!line.contains("=3D")) {
            return whole;
        }
        Matcher m = ENCODED.matcher(whole);
        return m.replaceAll(r -> {
            char c = (char) Integer.parseInt(r.group(1), 16);
            return Matcher.quoteReplacement(c < 0x80 ? String.valueOf(c) : " ");
        });
    }

    /** The message of a journal's or a container runtime's object; the line itself if it has none. */
    private static String json(String text) {
        Matcher m = JSON.matcher(text);
        if (!m.find() || (text.indexOf('{') < 0 && !text.stripLeading().startsWith("\""))) {
            return text;
        }
        return text.charAt(m.end() - 1) == '[' ? bytes(text, m.end()) : string(text, m.end());
    }

    private static String bytes(String text, int from) {
        int to = text.indexOf(']', from);
        byte[] bytes = new byte[text.length()];
        int n = 0;
        for (String number : text.substring(from, to < 0 ? text.length() : to).split(",")) {
            try {
                bytes[n++] = (byte) Integer.parseInt(number.strip());
            } catch (NumberFormatException e) {
                // The line is cut within a number: the bytes before it are the message.
                n--;
                break;
            }
        }
        return new String(bytes, 0, n, StandardCharsets.UTF_8);
    }

    private static String string(String text, int from) {
        StringBuilder out = new StringBuilder(text.length());
        int i = from;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '"') {
                break;
            }
            i++;
            if (c != '\\' || i == text.length()) {
                out.append(c);
                continue;
            }
            switch (text.charAt(i)) {
                case 't' -> out.append('\t');
                case 'n', 'r' -> out.append(i + 2 < text.length() && text.charAt(i + 1) != '"' ? '\r' : ' ');
                case 'b', 'f' -> out.append(' ');
                case 'u' -> {
                    if (i + 4 < text.length()) {
                        try {
                            out.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
                            i += 4;
                        } catch (NumberFormatException e) {
                            // No code point: the characters stay as they are.
                            out.append('u');
                        }
                    }
                }
                default -> out.append(text.charAt(i));
            }
            i++;
        }
        String message = out.toString();
        return message.indexOf('\u001b') < 0 ? message : COLOUR.matcher(message).replaceAll("");
    }
}
