// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.control.Actors.check;
import static io.pgfault.itests.schedules.control.Actors.together;

import io.pgfault.itests.schedules.control.Explore;
import java.util.concurrent.TimeUnit;

/**
 * The command queue of SMMUv3: no response stays in the queue without a ring, a CMD_SYNC covers what stands before it.
 */
class SmmuQueueIT {
    private static final long SOON = TimeUnit.SECONDS.toNanos(1);

    private final Answered device = new Answered();
    private final SmmuQueueUnderTest queue = new SmmuQueueUnderTest(group -> device.pageGroupResponse(0, group, 0));

    @Explore(600)
    void c09_threeThreadsRespond_allAreRungFor() {
        together(() -> queue.respond(1), () -> queue.respond(2), () -> {
            queue.respond(3);
            queue.respond(4);
        });
        device.exactlyOne(1, 2, 3, 4);
    }

    @Explore(600)
    void c09_fullQueue_makesRoomForEveryThread() {
        together(
                () -> {
                    for (int i = 0; i < 5; i++) {
                        queue.insert(i);
                    }
                    queue.ring();
                },
                () -> {
                    for (int i = 5; i < 8; i++) {
                        queue.respond(i);
                    }
                });
        device.exactlyOne(0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Explore(600)
    void c13_twoSyncs_bothReturnSoonAndAfterResponsesBefore() {
        long start = System.nanoTime();
        together(
                () -> {
                    queue.respond(1);
                    check(queue.sync() && device.has(1), "C13: a sync returned before a response that stood before it");
                },
                () -> {
                    queue.respond(2);
                    check(queue.sync() && device.has(2), "C13: a sync returned before a response that stood before it");
                });
        check(System.nanoTime() - start < SOON, "C13: a sync polled until its limit");
        device.exactlyOne(1, 2);
    }

    @Explore(600)
    void a03_badCommandBetweenResponses_isSkipped() {
        together(() -> queue.respond(1), queue::sendBad, () -> {
            queue.respond(2);
            check(queue.sync() && device.has(2), "C13: a sync returned before a response that stood before it");
        });
        device.exactlyOne(1, 2);
    }
}
