// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for the threads of a check. */
public final class Threads {
    private static final long PATIENCE_SECONDS = 120;

    private Threads() {}

    /** What a thread came to; what it threw is thrown. */
    public static <T> T join(Future<T> thread) throws Exception {
        try {
            return join(thread, Duration.ofSeconds(PATIENCE_SECONDS));
        } catch (TimeoutException e) {
            throw new AssertionError("a thread of the check is stuck", e);
        }
    }

    /**
     * What a thread came to; what it threw is thrown.
     *
     * @throws TimeoutException if it took longer; it has been interrupted
     */
    public static <T> T join(Future<T> thread, Duration patience) throws Exception {
        try {
            return thread.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        } catch (TimeoutException e) {
            thread.cancel(true);
            throw e;
        }
    }
}
