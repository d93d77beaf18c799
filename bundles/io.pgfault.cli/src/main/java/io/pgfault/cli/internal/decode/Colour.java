// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

/** Colours of a terminal, or none. */
enum Colour {
    /** As it is. */
    PLAIN(""),
    /** Titles. */
    BOLD("1"),
    /** What matters less. */
    DIM("2"),
    /** What is broken. */
    RED("31"),
    /** What is uncertain. */
    YELLOW("33"),
    /** What waits for an answer. */
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
