// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Listens for what a device logs when it is answered twice, or what it did not ask (rule C09). */
final class Unexpected extends Handler implements AutoCloseable {
    private final Logger logger = Logger.getLogger("io.pgfault.endpoint.internal.device.UnexpectedAnswers");
    private final AtomicInteger records = new AtomicInteger();

    Unexpected() {
        logger.addHandler(this);
    }

    int count() {
        return records.get();
    }

    @Override
    public void publish(LogRecord record) {
        records.incrementAndGet();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
