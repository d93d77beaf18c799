// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The core does what its slow and obvious {@link Model} does, in random sequences of operations with random bounds. A
 * failure prints the seed of its sequence; the system property {@code iopf.seed} runs that sequence alone.
 */
class ModelTest {
    private static final int SEQUENCES = Boolean.getBoolean("soak") ? 700 : 300;
    private static final int STEPS = 1_500;
    private static final int HISTORY = 25;

    @Test
    @Timeout(300)
    void c01toC19_r01toR04_theCoreDoesWhatItsModelDoes() {
        // Devices and handlers misbehave all the time here, on purpose.
        Logger log = Logger.getLogger("io.pgfault");
        log.setLevel(Level.OFF);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            String seed = System.getProperty("iopf.seed");
            if (seed != null) {
                sequence(Long.parseLong(seed), threads);
                return;
            }
            long first = System.nanoTime();
            for (int i = 0; i < SEQUENCES; i++) {
                sequence(first + i, threads);
            }
        } finally {
            threads.shutdownNow();
            log.setLevel(null);
        }
    }

    private static void sequence(long seed, ExecutorService threads) {
        Deque<String> history = new ArrayDeque<>();
        try (CoreAndModel both = new CoreAndModel(new Random(seed), threads)) {
            for (int step = 0; step < STEPS; step++) {
                try {
                    both.step();
                } finally {
                    history.add(both.operation());
                    if (history.size() > HISTORY) {
                        history.remove();
                    }
                }
            }
            both.compareLatencies();
        } catch (Throwable e) {
            throw new AssertionError(
                    "-Diopf.seed=" + seed + " fails in the last of these steps:\n  " + String.join("\n  ", history), e);
        }
    }
}
