// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import io.pgfault.trace.TraceFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Says on a terminal how far the work has come, once it takes longer than a second. One thread. */
public final class Progress {
    /** True if standard error is a terminal. Set by the {@code iopf} script: Java can't tell. */
    private static final String TERMINAL = "iopf.terminal";

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);
    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(200);

    private final PrintWriter err;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private long next;
    private boolean shown;

    public Progress(PrintWriter err) {
        this(err, Boolean.getBoolean(TERMINAL), System::nanoTime);
    }

    public Progress(PrintWriter err, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.next = nanoTime.getAsLong() + PATIENCE;
    }

    public void at(TraceFile file, long records) {
        if (!terminal || nanoTime.getAsLong() - next < 0) {
            return;
        }
        next = nanoTime.getAsLong() + STEP;
        shown = true;
        String share = file.size() > 0 ? Quantity.percent(file.position(), file.size()) + ", " : "";
        err.printf(Locale.ROOT, "\r%s: %s%,d records ", file.name(), share, records);
        err.flush();
    }

    /** So many bytes of a file have been copied. */
    public void copied(Path file, long done, long size) {
        if (!terminal || nanoTime.getAsLong() - next < 0) {
            return;
        }
        next = nanoTime.getAsLong() + STEP;
        shown = true;
        err.printf(Locale.ROOT, "\r%s: %s, %,d bytes ", file, Quantity.percent(done, size), done);
        err.flush();
    }

    /** Takes the line away. */
    public void done() {
        if (shown) {
            err.print("\r\033[K");
            err.flush();
            shown = false;
        }
    }
}
