// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.control.Actors.check;
import static io.pgfault.itests.schedules.control.Actors.together;

import io.pgfault.itests.schedules.control.Explore;

/**
 * The descriptor of iommufd's fault queue: each response that counts is written once, before its cookie is read again.
 */
class DescriptorIT {
    @Explore(600)
    void c09_threadsRespondWhileTheEventThreadReads_eachResponseIsWritten() {
        DescriptorUnderTest queue = new DescriptorUnderTest(4);
        long[] read = queue.read();
        together(() -> queue.respond(read[0]), () -> queue.respond(read[1]), () -> {
            for (long[] more = queue.read(); more.length > 0; more = queue.read()) {
                for (long token : more) {
                    check(queue.respond(token), "C09: the first response to a token was refused");
                }
            }
        });
        for (long[] more = queue.read(); more.length > 0; more = queue.read()) {
            for (long token : more) {
                queue.respond(token);
            }
        }
        check(queue.taken() == 4, "C09: the kernel has taken " + queue.taken() + " responses to 4 groups");
        check(queue.refused() == 0, "C09: the kernel was sent a response to no group");
    }

    @Explore(600)
    void c09_twoResponsesToOneToken_oneCounts() {
        DescriptorUnderTest queue = new DescriptorUnderTest(2);
        long[] read = queue.read();
        boolean[] counted = new boolean[2];
        together(
                () -> counted[0] = queue.respond(read[0]),
                () -> counted[1] = queue.respond(read[0]),
                () -> queue.respond(read[1]));
        check(counted[0] != counted[1], "C09: more or less than one response counted");
        check(queue.taken() == 2 && queue.refused() == 0, "C09: a response was lost, or written twice");
    }

    @Explore(600)
    void c12_settle_returnsAfterResponsesBeforeIt() {
        DescriptorUnderTest queue = new DescriptorUnderTest(2);
        long[] read = queue.read();
        together(
                () -> {
                    queue.respond(read[0]);
                    check(queue.settle(), "C12: settle ran into its limit");
                    check(queue.taken() >= 1, "C12: settle returned before the response was written");
                },
                () -> queue.respond(read[1]));
        check(queue.taken() == 2, "C09: a response was left unwritten");
    }

    @Explore(600)
    void c12_close_writesWhatWasLeftBefore() {
        DescriptorUnderTest queue = new DescriptorUnderTest(2);
        long[] read = queue.read();
        queue.respond(read[0]);
        int[] taken = new int[1];
        together(
                () -> {
                    queue.close();
                    taken[0] = queue.taken();
                },
                () -> queue.respond(read[1]));
        check(queue.taken() == taken[0], "C12: a response was written after close returned");
    }
}
