// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab;

/** A trial that can't go on. The message is one line for people and names the remedy. */
public final class TrialStopped extends Exception {
    private static final long serialVersionUID = 1;

    /** @param message why the trial stopped */
    public TrialStopped(String message) {
        super(message);
    }
}
