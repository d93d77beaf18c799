// SPDX-License-Identifier: Apache-2.0
package io.pgfault.races;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** An answer at the very deadline (rules C09, C11). Results: the answer won, responses, timed out, refused. */
@JCStressTest
@Outcome(id = "1, 1, 0, 0", expect = Expect.ACCEPTABLE, desc = "the answer came in time")
@Outcome(id = "0, 1, 1, 1", expect = Expect.ACCEPTABLE, desc = "the deadline came first, the answer was refused")
@Outcome(id = "1, ., 1, .", expect = Expect.FORBIDDEN, desc = "counted as timed out although the answer counted")
@Outcome(id = "0, ., 0, .", expect = Expect.FORBIDDEN, desc = "the answer was refused, but the deadline did not answer")
@Outcome(id = "., 0, ., .", expect = Expect.FORBIDDEN, desc = "the group never got its response")
@Outcome(id = "., 2, ., .", expect = Expect.FORBIDDEN, desc = "the answer and the deadline were both delivered")
@Outcome(id = "0, 1, 1, 0", expect = Expect.FORBIDDEN, desc = "the late answer was not counted")
@Outcome(id = "1, 1, 0, 1", expect = Expect.FORBIDDEN, desc = "the answer counted and was counted as refused too")
@Outcome(expect = Expect.FORBIDDEN, desc = "counts that no order of the two gives")
@State
public class RespondTimeout extends Race {
    private final FaultGroup group = taken();

    public RespondTimeout() {
        clock.addAndGet(SETTINGS.deadlineNanos());
    }

    @Actor
    public void answer(IIII_Result r) {
        r.r1 = one(group.respond(ResponseCode.SUCCESS));
    }

    @Actor
    public void deadline() {
        core.expire(Long.MAX_VALUE);
    }

    @Arbiter
    public void after(IIII_Result r) {
        r.r2 = driver.responses.get();
        r.r3 = count(Counter.TIMED_OUT);
        r.r4 = count(Counter.REFUSED);
    }
}
