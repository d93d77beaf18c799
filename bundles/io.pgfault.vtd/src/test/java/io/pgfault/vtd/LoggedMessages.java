// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The messages of one logger, from construction to {@link #close}. Any thread logs; any thread reads. */
public final class LoggedMessages extends Handler implements AutoCloseable {
    private final Logger logger;
    private final List<String> messages = new CopyOnWriteArrayList<>();

    /** Listens to the logger of this name. */
    public LoggedMessages(String name) {
        this.logger = Logger.getLogger(name);
        logger.addHandler(this);
    }

    /** The messages so far, in order. */
    public List<String> messages() {
        return messages;
    }

    @Override
    public void publish(LogRecord entry) {
        messages.add(new SimpleFormatter().formatMessage(entry));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
