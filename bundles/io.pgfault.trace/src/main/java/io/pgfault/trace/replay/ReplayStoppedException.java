// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

/**
 * A replay that can't go on: its device or unit went, or takes nothing any more. The message is one line for people.
 */
public final class ReplayStoppedException extends Exception {
    private static final long serialVersionUID = 1;

    /** @param message why the replay stopped */
    public ReplayStoppedException(String message) {
        super(message);
    }
}
