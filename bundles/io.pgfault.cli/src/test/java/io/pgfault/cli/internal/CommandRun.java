// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.osgi.framework.BundleContext;

/**
 * One run of the command in this process.
 *
 * @param exit the exit code
 * @param bytes standard output
 * @param err standard error
 */
public record CommandRun(int exit, ByteBuffer bytes, String err) {
    /** Runs {@code iopf} outside of a framework, with these arguments and this on standard input. */
    public static CommandRun of(String input, String... arguments) {
        return of(null, input, arguments);
    }

    /** Runs {@code iopf} in a framework, with these arguments and this on standard input. */
    static CommandRun of(BundleContext context, String input, String... arguments) {
        InputStream in = System.in;
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try {
            System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
            System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
            int exit = new Iopf(context, null).execute(arguments);
            return new CommandRun(
                    exit,
                    ByteBuffer.wrap(written.toByteArray()).order(ByteOrder.LITTLE_ENDIAN),
                    said.toString(StandardCharsets.UTF_8));
        } finally {
            System.setIn(in);
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** Standard output as text. */
    public String out() {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
