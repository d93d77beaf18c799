// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

/** Colours of a terminal, or none. */
enum Colour {
    /** Text as it is. */
    PLAIN(""),
    /** For titles. */
    BOLD("1"),
    /** For text that matters less. */
    DIM("2"),
    /** For broken input and failures. */
    RED("31"),
    /** For values that are uncertain. */
    YELLOW("33"),
    /** For faults that wait for an answer. */
    CYAN("36");

    /** True if standard output is a terminal. Set by the {@code iopf} script: Java can't tell. */
    static final String TERMINAL = "iopf.stdout.terminal";

    private final String code;

    Colour(String code) {
        this.code = code;
    }

    /** The text in this shade, if {@code colour} is on. */
    String of(String text, boolean colour) {
        return !colour || code.isEmpty() ? text : "\033[" + code + "m" + text + "\033[0m";
    }
}
