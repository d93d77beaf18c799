// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What our bundles log as an error, or with an exception, while this is open. */
final class SevereLog extends Handler implements AutoCloseable {
    private final Logger root = Logger.getLogger("io.pgfault");
    private final List<String> entries = new CopyOnWriteArrayList<>();
    private final boolean shown = root.getUseParentHandlers();

    /** Warnings that a test provokes in masses are not shown. */
    SevereLog() {
        root.setUseParentHandlers(false);
        root.addHandler(this);
    }

    List<String> entries() {
        return entries;
    }

    @Override
    public void publish(LogRecord entry) {
        if (entry.getLevel().intValue() >= Level.SEVERE.intValue() || entry.getThrown() != null) {
            entries.add(entry.getLevel() + " " + entry.getMessage() + " " + entry.getThrown());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        root.removeHandler(this);
        root.setUseParentHandlers(shown);
    }
}
