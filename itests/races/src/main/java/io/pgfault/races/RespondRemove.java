// SPDX-License-Identifier: Apache-2.0
package io.pgfault.races;

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
 * An answer while the device is removed (rules C09, C12). Results: the answer won, responses when the removal has
 * returned, responses at the end, responses INVALID.
 */
@JCStressTest
@Outcome(id = "1, 1, 1, 0", expect = Expect.ACCEPTABLE, desc = "the answer came first, the removal waited for it")
@Outcome(id = "0, 1, 1, 1", expect = Expect.ACCEPTABLE, desc = "the removal answered, the answer was refused")
@Outcome(
        id = "., 0, ., .",
        expect = Expect.FORBIDDEN,
        desc = "the removal returned before the response was out: the hardware may be gone")
@Outcome(id = "., ., 0, .", expect = Expect.FORBIDDEN, desc = "the group never got its response")
@Outcome(id = "., ., 2, .", expect = Expect.FORBIDDEN, desc = "the answer and the removal were both delivered")
@Outcome(id = "1, 1, 1, 1", expect = Expect.FORBIDDEN, desc = "the answer counted, but INVALID was delivered")
@Outcome(id = "0, 1, 1, 0", expect = Expect.FORBIDDEN, desc = "the answer was refused and delivered all the same")
@Outcome(expect = Expect.FORBIDDEN, desc = "counts that no order of the two gives")
@State
public class RespondRemove extends Race {
    private final FaultGroup group = taken();

    @Actor
    public void answer(IIII_Result r) {
        r.r1 = one(group.respond(ResponseCode.SUCCESS));
    }

    @Actor
    public void removal(IIII_Result r) {
        queue.remove(device);
        r.r2 = driver.responses.get();
    }

    @Arbiter
    public void after(IIII_Result r) {
        r.r3 = driver.responses.get();
        r.r4 = driver.invalid.get();
    }
}
