// SPDX-License-Identifier: Apache-2.0
package io.pgfault.races;

import io.pgfault.api.driver.Report;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A report while the core stops (rules C09, R07). Results: the report found the device released, responses. */
@JCStressTest
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the group was closed or refused before, and answered")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the core had stopped: nobody is left to answer to")
@Outcome(
        id = "0, 0",
        expect = Expect.FORBIDDEN,
        desc = "a group was taken in and never answered: the device waits for ever")
@Outcome(id = "0, 2", expect = Expect.FORBIDDEN, desc = "the report and the stop both answered")
@Outcome(id = "1, 1", expect = Expect.FORBIDDEN, desc = "a response went to a device that had been released")
@Outcome(expect = Expect.FORBIDDEN, desc = "counts that no order of the two gives")
@State
public class StopReport extends Race {
    @Actor
    public void reporting(II_Result r) {
        r.r1 = one(report() == Report.RELEASED);
    }

    @Actor
    public void stop() {
        core.close();
    }

    @Arbiter
    public void after(II_Result r) {
        r.r2 = driver.responses.get();
    }
}
