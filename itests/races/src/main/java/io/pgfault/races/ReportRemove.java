// SPDX-License-Identifier: Apache-2.0
package io.pgfault.races;

import io.pgfault.core.internal.device.FaultParam;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A report while the device is removed (rules C04, C07, C12). Results: the report was accepted, responses, groups still
 * pending.
 */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "the group closed first, the removal answered it")
@Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "the device was gone, the report was answered at once")
@Outcome(
        id = "., 0, .",
        expect = Expect.FORBIDDEN,
        desc = "a group closed and nobody answered it: the device waits for ever")
@Outcome(id = "., 2, .", expect = Expect.FORBIDDEN, desc = "the report and the removal both answered")
@Outcome(id = "., ., 1", expect = Expect.FORBIDDEN, desc = "a group became pending behind the removal")
@Outcome(expect = Expect.FORBIDDEN, desc = "counts that no order of the two gives")
@State
public class ReportRemove extends Race {
    @Actor
    public void reporting(III_Result r) {
        r.r1 = one(report().accepted());
    }

    @Actor
    public void removal() {
        queue.remove(device);
    }

    @Arbiter
    public void after(III_Result r) {
        r.r2 = driver.responses.get();
        r.r3 = (int) FaultParam.of(device).waitsFor();
    }
}
