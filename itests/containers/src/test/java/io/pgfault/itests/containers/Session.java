// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * An operator's session with the shell of a container: lines go in, and what the shell printed comes back. A session
 * belongs to one thread; its reader is a thread of its own.
 */
final class Session implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** Colours and moves of the cursor. */
    private static final Pattern ESCAPES =
            Pattern.compile("\u001b(\\[[0-9;?]*[ -/]*[@-~]|[=>]|\\][^\u0007]*\u0007)|\r");

    private final OutputStream in;
    private final String echo;
    /** What the shell printed. The reader appends, the owner of the session reads. Guarded by itself. */
    private final StringBuilder said = new StringBuilder();
    /** Whether the reader saw the end. Guarded by {@link #said}. */
    private boolean ended;
    /** How many lines were typed. */
    private int lines;

    /**
     * A session over these streams.
     *
     * @param echo the shell's command that prints its arguments
     */
    Session(InputStream out, OutputStream in, String echo) {
        this.in = in;
        this.echo = echo;
        Thread reader = new Thread(() -> read(out), "reader");
        reader.setDaemon(true);
        reader.start();
    }

    private void read(InputStream out) {
        char[] buffer = new char[8192];
        try (Reader text = new InputStreamReader(out, StandardCharsets.UTF_8)) {
            for (int count; (count = text.read(buffer)) >= 0; ) {
                synchronized (said) {
                    said.append(buffer, 0, count);
                    said.notifyAll();
                }
            }
        } catch (IOException e) {
            synchronized (said) {
                said.append(e);
            }
        }
        synchronized (said) {
            ended = true;
            said.notifyAll();
        }
    }

    /** Types a line, and returns what the shell printed until it is ready for the next one. */
    String run(String line) throws IOException, InterruptedException {
        int from;
        synchronized (said) {
            from = said.length();
        }
        // A terminal shows what is typed: the two words that are typed are not the line that is printed.
        String end = "END " + ++lines + ".";
        type(line);
        type(echo + " \"END\" \"" + lines + ".\"");
        long until = System.nanoTime() + PATIENCE.toNanos();
        synchronized (said) {
            while (said.indexOf(end, from) < 0) {
                long rest = until - System.nanoTime();
                if (ended || rest <= 0) {
                    throw new AssertionError((ended ? "the session was cut off" : "no answer within " + PATIENCE)
                            + " after the line \"" + line + "\"; it said\n" + said.substring(from));
                }
                said.wait(rest / 1_000_000 + 1);
            }
            return ESCAPES.matcher(said.substring(from, said.indexOf(end, from)))
                    .replaceAll("");
        }
    }

    /** Types a line, and waits for nothing. */
    void type(String line) throws IOException {
        in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    /** Everything that the shell has printed so far. */
    String said() {
        synchronized (said) {
            return ESCAPES.matcher(said).replaceAll("");
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
