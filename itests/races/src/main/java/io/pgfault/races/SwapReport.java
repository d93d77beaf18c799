// SPDX-License-Identifier: Apache-2.0
package io.pgfault.races;

import io.pgfault.api.ResponseCode;
import io.pgfault.core.internal.device.IopfQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A report while its handler is replaced, with a moment without any (rules R02 to R05). At the end the grace time
 * passes, the workers do their work, and every handler answers what it has. Results: responses, responses INVALID,
 * groups that the new handler was offered.
 */
@JCStressTest
@Outcome(
        id = "1, 0, 1",
        expect = Expect.ACCEPTABLE,
        desc = "the new handler got the group: at once, parked, or recalled")
@Outcome(id = "0, .*", expect = Expect.FORBIDDEN, desc = "the group was lost between the handlers")
@Outcome(id = "2, .*", expect = Expect.FORBIDDEN, desc = "the group was answered for both handlers")
@Outcome(id = "1, 1, .", expect = Expect.FORBIDDEN, desc = "the swap cost the group its answer")
@Outcome(id = "1, 0, 0", expect = Expect.FORBIDDEN, desc = "the group stayed with the handler that left")
@Outcome(id = "1, 0, 2", expect = Expect.FORBIDDEN, desc = "the new handler was offered the group twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "counts that no order of the two gives")
@State
public class SwapReport extends Race {
    private final Keeper successor = new Keeper();

    @Actor
    public void reporting() {
        report();
    }

    @Actor
    public void swap() {
        core.removeHandler(OLD);
        add(NEW, successor);
    }

    @Arbiter
    public void after(III_Result r) {
        clock.addAndGet(SETTINGS.graceNanos());
        core.expire(Long.MAX_VALUE);
        IopfQueue workers = (IopfQueue) queue;
        boolean more = true;
        while (more) {
            more = workers.turn();
        }
        successor.groups.forEach(group -> group.respond(ResponseCode.SUCCESS));
        keeper.groups.forEach(group -> group.respond(ResponseCode.SUCCESS));
        r.r1 = driver.responses.get();
        r.r2 = driver.invalid.get();
        r.r3 = successor.groups.size();
    }
}
