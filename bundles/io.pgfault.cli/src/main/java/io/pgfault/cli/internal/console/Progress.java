// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import io.pgfault.trace.TraceFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Prints the progress of a command on a terminal, once the command takes longer than a second. One thread. */
public final class Progress {
    /** True if standard error is a terminal. The script {@code iopf} sets the property, because Java can't tell. */
    private static final String TERMINAL = "iopf.terminal";

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);
    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(200);

    private final PrintWriter err;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private long next;
    private boolean shown;

    /** Shows progress on {@code err} if standard error is a terminal. */
    public Progress(PrintWriter err) {
        this(err, Boolean.getBoolean(TERMINAL), System::nanoTime);
    }

    /** Shows progress on {@code err} by a clock of the caller. */
    public Progress(PrintWriter err, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.next = nanoTime.getAsLong() + PATIENCE;
    }

    /** Shows how much of a file has been read, and the number of records so far. */
    public void at(TraceFile file, long records) {
        if (!terminal || nanoTime.getAsLong() - next < 0) {
            return;
        }
        next = nanoTime.getAsLong() + STEP;
        shown = true;
        String share = file.size() > 0 ? Quantity.percent(file.position(), file.size()) + ", " : "";
        err.printf(
                Locale.ROOT,
                "\r%s: %s%,d MB, %s ",
                file.name(),
                share,
                file.offset() / 1_000_000,
                Quantity.count(records, "record", "records"));
        err.flush();
    }

    /** Shows that {@code done} of {@code size} bytes of a file have been copied. */
    public void copied(Path file, long done, long size) {
        if (!terminal || nanoTime.getAsLong() - next < 0) {
            return;
        }
        next = nanoTime.getAsLong() + STEP;
        shown = true;
        err.printf(Locale.ROOT, "\r%s: %s, %,d bytes ", file, Quantity.percent(done, size), done);
        err.flush();
    }

    /** Clears the line of progress. */
    public void done() {
        if (shown) {
            err.print("\r\033[K");
            err.flush();
            shown = false;
        }
    }
}
