// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;

/**
 * The shell of {@code serve}, on the thread of the command, until the user leaves it. The run description keeps Gogo's
 * own shell off: that shell stops the framework, and the command could not return its exit code.
 */
final class ServedShell {
    private ServedShell() {}

    /** Runs the shell on these streams; returns when the user has left it. */
    static void run(CommandProcessor processor, InputStream in, PrintStream out, PrintStream err) throws Exception {
        Keyboard keyboard = new Keyboard(in);
        CommandSession session = processor.createSession(keyboard, out, err);
        // Gogo's own exit interrupts the thread of its shell, and the shell prints the exception.
        session.put("exit", (Function) (of, arguments) -> {
            keyboard.over = true;
            return null;
        });
        try {
            session.execute("gosh --login --noshutdown");
        } finally {
            session.close();
            // The mark of an interruption would end the launcher's wait for the framework.
            Thread.interrupted();
        }
    }

    /** Standard input, until the user leaves the shell. The thread of the shell alone reads and writes the field. */
    private static final class Keyboard extends FilterInputStream {
        private boolean over;

        Keyboard(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            return over ? -1 : super.read();
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            return over ? -1 : super.read(bytes, from, length);
        }
    }
}
