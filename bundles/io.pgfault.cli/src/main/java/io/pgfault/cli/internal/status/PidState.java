// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

/**
 * What became of one configuration, or of one component that needs none.
 *
 * @param pid the PID, or the component's name
 * @param state {@code active}, {@code ready} (made when a bundle asks for its service), {@code waits}, {@code failed},
 *     {@code unknown} (no component has that PID), or {@code warning}
 * @param text the deepest cause and what to do; empty if there is nothing to say
 * @param logged whether the component has logged the text itself
 */
record PidState(String pid, String state, String text, boolean logged) {
    /** A state of which no component has logged anything. */
    PidState(String pid, String state, String text) {
        this(pid, state, text, false);
    }

    /** Whether an operator has to do something. */
    boolean isBroken() {
        return !state.equals("active") && !state.equals("ready");
    }
}
