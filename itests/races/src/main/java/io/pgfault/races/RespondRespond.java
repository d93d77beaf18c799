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

/**
 * Two answers to one group (rule C09): the first wins, the other is refused and counted. Results: first won, second
 * won, responses, refused.
 */
@JCStressTest
@Outcome(id = "1, 0, 1, 1", expect = Expect.ACCEPTABLE, desc = "the first won")
@Outcome(id = "0, 1, 1, 1", expect = Expect.ACCEPTABLE, desc = "the second won")
@Outcome(id = "1, 1, .*", expect = Expect.FORBIDDEN, desc = "both were told that theirs counted")
@Outcome(id = "0, 0, .*", expect = Expect.FORBIDDEN, desc = "nobody was told that theirs counted")
@Outcome(
        id = "., ., 0, .",
        expect = Expect.FORBIDDEN,
        desc = "the group never got its response: the device waits for ever")
@Outcome(id = "., ., 2, .", expect = Expect.FORBIDDEN, desc = "the device got two responses to one group")
@Outcome(id = "., ., 1, 0", expect = Expect.FORBIDDEN, desc = "the refused answer was not counted")
@Outcome(expect = Expect.FORBIDDEN, desc = "counts that no order of the two gives")
@State
public class RespondRespond extends Race {
    private final FaultGroup group = taken();

    @Actor
    public void first(IIII_Result r) {
        r.r1 = one(group.respond(ResponseCode.SUCCESS));
    }

    @Actor
    public void second(IIII_Result r) {
        r.r2 = one(group.respond(ResponseCode.INVALID));
    }

    @Arbiter
    public void after(IIII_Result r) {
        r.r3 = driver.responses.get();
        r.r4 = count(Counter.REFUSED);
    }
}
