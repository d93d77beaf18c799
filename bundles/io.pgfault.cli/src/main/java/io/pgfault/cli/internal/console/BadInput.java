// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import java.io.IOException;

/** Bad usage or unreadable input. The message is one line that names the thing, its place and the remedy. */
public final class BadInput extends IOException {
    private static final long serialVersionUID = 1;

    /** Makes an exception with a message for the user. */
    public BadInput(String message) {
        super(message);
    }

    /** Makes an exception with a message for the user and a cause for the developer. */
    public BadInput(String message, Throwable cause) {
        super(message, cause);
    }
}
