// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.CoreScene.KIND;
import static io.pgfault.itests.schedules.control.Actors.check;
import static io.pgfault.itests.schedules.control.Actors.together;

import io.pgfault.api.Counter;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.itests.schedules.control.Explore;

/** Two or three calls of the core at the same time, two by two. */
class CoreIT {
    private final CoreScene scene = CoreScene.attached();
    private final CoreScene.Keeper keeper = new CoreScene.Keeper();

    /** A group that the keeper has taken inline. */
    private FaultGroup taken() {
        scene.core.register(keeper, 1, 10, true, KIND);
        scene.report(0);
        return keeper.groups().get(0);
    }

    @Explore(1000)
    void c09_threeResponsesRace_oneCounts() {
        FaultGroup group = taken();
        int[] counted = new int[3];
        together(
                () -> counted[0] = group.respond(ResponseCode.SUCCESS) ? 1 : 0,
                () -> counted[1] = group.respond(ResponseCode.INVALID) ? 1 : 0,
                () -> counted[2] = group.respond(ResponseCode.FAILURE) ? 1 : 0);
        check(counted[0] + counted[1] + counted[2] == 1, "C09: more or less than one response counted");
        scene.exactlyOne(0);
        check(scene.count(Counter.REFUSED) == 2, "C09: refused responses were not counted");
    }

    @Explore(1000)
    void c11_responseAtTheDeadline_oneCounts() {
        FaultGroup group = taken();
        boolean[] counted = new boolean[1];
        together(() -> counted[0] = group.respond(ResponseCode.SUCCESS), () -> scene.pass(CoreUnderTest.DEADLINE));
        scene.exactlyOne(0);
        check(
                scene.answered(0, counted[0] ? ResponseCode.SUCCESS : ResponseCode.INVALID),
                "C09: another code reached the driver than the one that counted");
        check(scene.count(Counter.TIMED_OUT) == (counted[0] ? 0 : 1), "C11: the time-out is not counted right");
    }

    @Explore(1000)
    void c12_removeWhileAHandlerResponds_returnsWithTheResponseOut() {
        FaultGroup group = taken();
        together(() -> group.respond(ResponseCode.SUCCESS), () -> {
            scene.core.queue().remove(scene.device);
            scene.over = true;
            check(scene.responses(0) == 1, "C12: remove returned before the group was answered");
        });
        check(scene.late() == 0, "C12: a response reached the driver after remove returned");
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void c12_twoReleasesWhileAGroupIsReported_bothReturnWithTheResponseOut() {
        scene.core.register(keeper, 1, 10, true, KIND);
        together(
                () -> {
                    Report report = scene.report(0);
                    check(report != Report.RELEASED || scene.responses(0) == 0, "C12: a refused report was answered");
                },
                () -> scene.core.faults().release(scene.device),
                () -> {
                    scene.core.faults().release(scene.device);
                    scene.over = true;
                });
        check(scene.late() == 0, "C12: a response reached the driver after release returned");
    }

    @Explore(1000)
    void c13_flushWhileAHandlerResponds_returnsAfterTheResponse() {
        FaultGroup group = taken();
        together(() -> group.respond(ResponseCode.SUCCESS), () -> {
            scene.core.queue().flush(scene.device);
            check(scene.responses(0) == 1, "C13: flush returned before the response was out");
        });
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void c14_discardWhileAGroupCloses_leavesOneResponse() {
        scene.core.register(keeper, 1, 10, true, KIND);
        scene.partial(0);
        together(() -> scene.report(0), () -> scene.core.queue().discardPartials(), () -> keeper.groups()
                .forEach(group -> group.respond(ResponseCode.SUCCESS)));
        keeper.groups().forEach(group -> group.respond(ResponseCode.SUCCESS));
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void c19_detachWhileAGroupIsReported_answersTheOldAttachmentsGroups() {
        scene.core.register(keeper, 1, 10, true, KIND);
        together(() -> scene.report(0), () -> {
            scene.core.faults().detach(scene.device, Pasid.NONE);
            for (FaultGroup group : keeper.groups()) {
                check(!group.respond(ResponseCode.SUCCESS), "C19: an answer counted after detach returned");
            }
        });
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void c19_attachOfAnotherDomain_answersTheOldAttachmentsGroups() {
        scene.core.register(keeper, 1, 10, true, KIND);
        scene.report(0);
        together(
                () -> scene.report(1),
                () -> {
                    scene.core.faults().attach(scene.device, Pasid.NONE, scene.domain("other"));
                    check(scene.responses(0) == 1, "C19: a group of the replaced attachment is unanswered");
                },
                () -> keeper.groups().get(0).respond(ResponseCode.SUCCESS));
        keeper.groups().forEach(group -> group.respond(ResponseCode.SUCCESS));
        scene.exactlyOne(0, 1);
    }

    @Explore(1000)
    void r02_swapWhileGroupsAreReported_losesNone() {
        CoreScene.Keeper better = new CoreScene.Keeper();
        scene.core.register(keeper, 1, 10, false, KIND);
        together(
                () -> {
                    scene.report(0);
                    scene.report(1);
                },
                () -> {
                    scene.core.register(better, 2, 20, false, KIND);
                    scene.core.unregister(1);
                    scene.pass(CoreUnderTest.GRACE);
                },
                scene::turns);
        scene.turns();
        for (FaultGroup group : better.groups()) {
            check(group.respond(ResponseCode.SUCCESS), "R08: the taker's answer was refused");
        }
        for (FaultGroup group : keeper.groups()) {
            group.respond(ResponseCode.SUCCESS);
        }
        scene.pass(CoreUnderTest.GRACE);
        scene.turns();
        better.groups().forEach(group -> group.respond(ResponseCode.SUCCESS));
        scene.exactlyOne(0, 1);
    }

    @Explore(1000)
    void r03_handlerGoesWhileItTakes_theGroupIsRecalledOrAnswered() {
        CoreScene.Keeper next = new CoreScene.Keeper();
        scene.core.register(keeper, 1, 10, true, KIND);
        scene.core.register(next, 2, 5, true, KIND);
        together(
                () -> scene.report(0),
                () -> {
                    scene.core.unregister(1);
                    scene.pass(CoreUnderTest.GRACE);
                },
                () -> {
                    for (FaultGroup group : keeper.groups()) {
                        group.respond(ResponseCode.SUCCESS);
                    }
                });
        scene.pass(CoreUnderTest.GRACE);
        scene.turns();
        next.groups().forEach(group -> group.respond(ResponseCode.SUCCESS));
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void r04_handlerComesAsTheParkTimeEnds_theGroupIsAnsweredOnce() {
        scene.core.register(keeper, 1, 10, true, KIND);
        scene.core.unregister(1);
        scene.report(0);
        together(
                () -> {
                    scene.core.register(keeper, 2, 10, true, KIND);
                    scene.turns();
                    keeper.groups().forEach(group -> group.respond(ResponseCode.SUCCESS));
                },
                () -> scene.pass(CoreUnderTest.PARK),
                () -> scene.report(1));
        scene.turns();
        keeper.groups().forEach(group -> group.respond(ResponseCode.SUCCESS));
        scene.exactlyOne(0, 1);
    }

    @Explore(1000)
    void r06_unitGoesWhileGroupsAreReported_nothingComesAfterwards() {
        scene.core.register(keeper, 1, 10, true, KIND);
        together(
                () -> {
                    scene.report(0);
                    scene.report(1);
                },
                () -> {
                    scene.core.removeUnit();
                    scene.over = true;
                },
                () -> keeper.groups().forEach(group -> group.respond(ResponseCode.SUCCESS)));
        check(scene.late() == 0, "R06: a response reached the driver after the unit's devices were removed");
    }

    @Explore(1000)
    void r07_stopWhileGroupsAreReportedAndWorkedOn_answersEverything() {
        scene.core.register(keeper, 1, 10, false, KIND);
        Report[] reports = new Report[2];
        together(
                () -> {
                    reports[0] = scene.report(0);
                    reports[1] = scene.report(1);
                },
                () -> {
                    scene.core.stop();
                    scene.over = true;
                },
                scene::turns);
        check(scene.late() == 0, "R07: a response reached the driver after the core had stopped");
        for (int i = 0; i < 2; i++) {
            int expected = reports[i] == Report.RELEASED ? 0 : 1;
            check(scene.responses(i) == expected, "C09: group " + i + " has had " + scene.responses(i) + " responses");
        }
    }

    @Explore(1000)
    void c08_handlerThrowsWhileItsWorkResponds_oneCounts() {
        scene.core.register(
                group -> {
                    group.execute(() -> group.respond(ResponseCode.SUCCESS));
                    throw new IllegalStateException("on purpose");
                },
                1,
                10,
                false,
                KIND);
        scene.report(0);
        together(scene::turns, scene::turns);
        scene.turns();
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void c08_handlerDeclinesWhileItGoes_theNextOneGetsTheGroup() {
        CoreScene.Keeper next = new CoreScene.Keeper();
        scene.core.register(group -> Disposition.DECLINED, 1, 10, true, KIND);
        scene.core.register(next, 2, 5, true, KIND);
        together(() -> scene.report(0), () -> {
            scene.core.unregister(1);
            scene.pass(CoreUnderTest.GRACE);
        });
        scene.turns();
        check(
                next.groups().size() == 1,
                "C08: the next handler was offered " + next.groups().size() + " groups");
        next.groups().get(0).respond(ResponseCode.SUCCESS);
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void r08_handlerDeclinesAndStillResponds_theNextOnesAnswerCounts() {
        CoreScene.Keeper next = new CoreScene.Keeper();
        FaultGroup[] declined = new FaultGroup[1];
        scene.core.register(
                group -> {
                    declined[0] = group;
                    return Disposition.DECLINED;
                },
                1,
                10,
                true,
                KIND);
        scene.core.register(next, 2, 5, true, KIND);
        together(() -> scene.report(0), () -> {
            boolean offered = !next.groups().isEmpty();
            FaultGroup old = declined[0];
            boolean counted = old != null && old.respond(ResponseCode.FAILURE);
            check(!(offered && counted), "R08: a response of a handler that had declined counted");
        });
        next.groups().forEach(group -> group.respond(ResponseCode.SUCCESS));
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void c18_counters_neverFallWhileGroupsAreAnsweredAndTheDeviceGoes() {
        FaultGroup group = taken();
        together(
                () -> group.respond(ResponseCode.SUCCESS),
                () -> {
                    scene.report(1);
                    scene.core.faults().release(scene.device);
                },
                () -> {
                    Counter[] counters = {Counter.REQUESTS, Counter.GROUPS, Counter.SUCCESS, Counter.INVALID};
                    long[] before = new long[counters.length];
                    for (int i = 0; i < 4 * counters.length; i++) {
                        int c = i % counters.length;
                        long now = scene.count(counters[c]);
                        check(now >= before[c], "C18: " + counters[c] + " fell from " + before[c] + " to " + now);
                        before[c] = now;
                    }
                });
    }
}
