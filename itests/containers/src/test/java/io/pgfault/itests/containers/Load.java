// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A device that faults all the time: a thread types one access after the other into a session of its own, each to a
 * page that no access touched before.
 */
final class Load implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long FIRST_PAGE = 0x7000_0000_0000L;
    private static final int PAGE_SIZE = 4096;
    /** Answers that show that faults flow again, and not a last one of before. */
    private static final int SEVERAL = 3;

    private final Session session;
    private final Thread thread = new Thread(this::access, "load");
    /** Accesses that ended well. The load writes, the test reads. */
    private final AtomicInteger done = new AtomicInteger();
    /** The test writes, the load reads. */
    private volatile boolean stopping;
    /** What ended the load before its time; null for nothing. The load writes, the test reads. */
    private volatile Throwable broken;

    Load(Session session) {
        this.session = session;
        thread.setDaemon(true);
        thread.start();
    }

    private void access() {
        try {
            for (long page = FIRST_PAGE; !stopping; page += PAGE_SIZE) {
                if (session.run("iopf:inject nic0 0x" + Long.toHexString(page) + " r")
                        .contains(": done, 1 page request")) {
                    done.incrementAndGet();
                }
            }
        } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
            broken = e;
        }
    }

    /** Waits until faults that are reported from now on are answered. */
    void awaitAnswers(String after) {
        int before = done.get();
        await("answers after " + after).atMost(PATIENCE).until(() -> {
            if (broken != null) {
                throw new AssertionError("the load broke after " + after, broken);
            }
            return done.get() >= before + SEVERAL;
        });
    }

    int answered() {
        return done.get();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        stopping = true;
        thread.join(PATIENCE.toMillis());
        session.close();
    }
}
