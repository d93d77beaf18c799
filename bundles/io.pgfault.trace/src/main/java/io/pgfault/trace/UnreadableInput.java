// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import java.io.IOException;

/**
 * An input that can't be read, or that is not in the format that the caller named. The message is one line for people:
 * the file, the line or the offset where there is one, and what is wrong.
 */
public final class UnreadableInput extends IOException {
    private static final long serialVersionUID = 1;

    private static final int MAX_LENGTH = 400;

    private UnreadableInput(String place, String problem, Throwable cause) {
        super(oneLine(place + ": " + problem), cause);
    }

    /** Quoted input may hold anything: a terminal gets one short line without control characters. */
    private static String oneLine(String message) {
        String printable = message.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= MAX_LENGTH ? printable : printable.substring(0, MAX_LENGTH) + "...";
    }

    /** The file as a whole is the problem. */
    public static UnreadableInput of(String file, String problem) {
        return new UnreadableInput(file, problem, null);
    }

    /** The file as a whole is the problem. */
    public static UnreadableInput of(String file, String problem, Throwable cause) {
        return new UnreadableInput(file, problem, cause);
    }

    /** The problem is in a line; lines are counted from 1. */
    public static UnreadableInput atLine(String file, long line, String problem) {
        return new UnreadableInput(file + ": line " + line, problem, null);
    }

    /** The problem is at a byte, counted from 0; in a compressed file that of the decompressed data. */
    public static UnreadableInput atOffset(String file, long offset, String problem) {
        return atOffset(file, offset, problem, null);
    }

    /** The problem is at a byte, counted from 0; in a compressed file that of the decompressed data. */
    public static UnreadableInput atOffset(String file, long offset, String problem, Throwable cause) {
        return new UnreadableInput(file + ": offset " + offset, problem, cause);
    }
}
