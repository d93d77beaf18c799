// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.handlers;

/** A handler can't be changed as asked; the message says why, in one sentence. */
public final class NoSuchLever extends Exception {
    private static final long serialVersionUID = 1;

    NoSuchLever(String message) {
        super(message);
    }

    NoSuchLever(String message, Throwable cause) {
        super(message, cause);
    }
}
