// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.terminal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jline.reader.LineReader;

/**
 * The output of a session. While a person edits a line, whole lines appear above that line: a trace that goes on
 * doesn't write into the line. Any thread; the monitor guards the line that isn't whole.
 */
final class LineAbove extends OutputStream {
    private final LineReader reader;
    private final OutputStream terminal;
    /** What has come of a line since the person began to edit. */
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    LineAbove(LineReader reader) {
        this.reader = reader;
        this.terminal = reader.getTerminal().output();
    }

    @Override
    public synchronized void write(int b) throws IOException {
        if (reader.isReading()) {
            if (b == '\n') {
                reader.printAbove(line.toString(StandardCharsets.UTF_8));
                line.reset();
            } else {
                line.write(b);
            }
        } else {
            line.writeTo(terminal);
            line.reset();
            terminal.write(b);
        }
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) throws IOException {
        for (int i = from; i < from + length; i++) {
            write(bytes[i]);
        }
    }

    @Override
    public void flush() throws IOException {
        terminal.flush();
    }
}
