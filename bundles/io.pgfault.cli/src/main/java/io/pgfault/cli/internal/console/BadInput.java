// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import java.io.IOException;

/** Bad usage or unreadable input: the message is one line that names the thing, its place and the remedy. */
public final class BadInput extends IOException {
    private static final long serialVersionUID = 1;

    public BadInput(String message) {
        super(message);
    }

    public BadInput(String message, Throwable cause) {
        super(message, cause);
    }
}
