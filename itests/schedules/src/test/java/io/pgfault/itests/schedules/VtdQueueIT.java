// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.control.Actors.check;
import static io.pgfault.itests.schedules.control.Actors.together;

import io.pgfault.itests.schedules.control.Explore;
import java.util.concurrent.TimeUnit;

/**
 * The invalidation queue of VT-d: no response stays in the queue without a doorbell (fault B1), a drain returns when
 * everything before it was executed and no later than needed (fault B2).
 */
class VtdQueueIT {
    private static final long SOON = TimeUnit.SECONDS.toNanos(1);

    private final Answered device = new Answered();
    private final VtdQueueUnderTest queue = new VtdQueueUnderTest(device);

    @Explore(600)
    void c09_responseWhileAnotherThreadAwaitsExecution_isRungFor() {
        together(() -> queue.respond(1), queue::awaitExecuted);
        device.exactlyOne(1);
    }

    @Explore(600)
    void c09_threeThreadsRespond_allAreRungFor() {
        together(() -> queue.respond(1), () -> queue.respond(2), () -> {
            queue.respond(3);
            queue.respond(4);
        });
        device.exactlyOne(1, 2, 3, 4);
    }

    @Explore(600)
    void v10_twoDrains_bothReturnSoon() {
        long start = System.nanoTime();
        together(queue::drain, queue::drain);
        check(System.nanoTime() - start < SOON, "V10: a drain polled until its limit");
    }

    @Explore(600)
    void v10_drain_returnsAfterResponsesBeforeIt() {
        together(
                () -> {
                    queue.respond(1);
                    check(queue.drain(), "V10: a drain polled until its limit");
                    check(device.has(1), "V10: a drain returned before a response that was submitted first");
                },
                () -> {
                    queue.respond(2);
                    check(queue.drain(), "V10: a drain polled until its limit");
                    check(device.has(2), "V10: a drain returned before a response that was submitted first");
                },
                () -> queue.respond(3));
        device.exactlyOne(1, 2, 3);
    }

    @Explore(600)
    void c12_awaitExecuted_returnsAfterResponsesBeforeIt() {
        together(
                () -> {
                    queue.respond(1);
                    queue.awaitExecuted();
                    check(device.has(1), "C12: a response was not out when awaitExecuted returned");
                },
                () -> queue.respond(2),
                () -> queue.respond(3));
        device.exactlyOne(1, 2, 3);
    }

    @Explore(600)
    void c09_batchOfOneThread_doesNotHoldUpAnothersResponse() {
        together(
                () -> {
                    queue.beginBatch();
                    queue.respond(1);
                    queue.respond(2);
                    queue.endBatch();
                },
                () -> {
                    queue.respond(3);
                    queue.awaitExecuted();
                    check(device.has(3), "C12: a response was not out when awaitExecuted returned");
                });
        device.exactlyOne(1, 2, 3);
    }

    @Explore(600)
    void v03_badDescriptorBetweenResponses_isSkipped() {
        together(() -> queue.respond(1), queue::submitBad, () -> {
            queue.respond(2);
            check(queue.drain(), "V10: a drain polled until its limit");
            check(device.has(2), "V10: a drain returned before a response that was submitted first");
        });
        device.exactlyOne(1, 2);
    }

    @Explore(600)
    void c12_disable_executesWhatWasSubmittedBefore() {
        queue.beginBatch();
        queue.respond(1);
        together(
                () -> {
                    queue.disable();
                    device.over = true;
                },
                () -> queue.respond(2));
        device.exactlyOne(1);
    }

    @Explore(600)
    void c12_disableWhileAnotherThreadDrains_bothReturnSoon() {
        long start = System.nanoTime();
        together(queue::disable, queue::drain, () -> queue.respond(1));
        check(System.nanoTime() - start < SOON, "V10: a drain polled until its limit");
    }
}
