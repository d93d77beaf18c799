// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.CoreScene.KIND;
import static io.pgfault.itests.schedules.control.Actors.check;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.itests.schedules.control.Actors;
import io.pgfault.itests.schedules.control.Explore;

/** The schedules of the core in which faults B5, B6 and B7 showed. */
class CoreFaultsIT {
    @Explore(1000)
    void r08_handlerThatLostItsGroupExecutes_hasNoEffect() {
        CoreScene scene = CoreScene.attached();
        CoreScene.Keeper first = new CoreScene.Keeper();
        CoreScene.Keeper second = new CoreScene.Keeper();
        scene.core.register(first, 1, 10, true, KIND);
        scene.core.register(second, 2, 5, true, KIND);
        scene.report(0);
        scene.core.unregister(1);
        FaultGroup lost = first.groups().get(0);
        Actors.together(
                () -> {
                    scene.pass(CoreUnderTest.GRACE);
                    scene.turns();
                },
                () -> {
                    lost.execute(() -> {
                        throw new IllegalStateException("on purpose");
                    });
                    scene.turns();
                });
        scene.turns();
        if (!second.groups().isEmpty()) {
            check(scene.responses(0) == 0, "R08: the handler that lost the group answered it");
            check(second.groups().get(0).respond(ResponseCode.SUCCESS), "R08: the taker's answer was refused");
        }
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void r08_handlerThatLostItsGroupResponds_isRefused() {
        CoreScene scene = CoreScene.attached();
        CoreScene.Keeper first = new CoreScene.Keeper();
        CoreScene.Keeper second = new CoreScene.Keeper();
        scene.core.register(first, 1, 10, true, KIND);
        scene.core.register(second, 2, 5, true, KIND);
        scene.report(0);
        scene.core.unregister(1);
        FaultGroup lost = first.groups().get(0);
        Actors.together(
                () -> {
                    scene.pass(CoreUnderTest.GRACE);
                    scene.turns();
                },
                () -> {
                    boolean taken = !second.groups().isEmpty();
                    boolean counted = lost.respond(ResponseCode.INVALID);
                    check(!(taken && counted), "R08: a response counted after the group was taken back");
                });
        scene.turns();
        if (!second.groups().isEmpty()) {
            second.groups().get(0).respond(ResponseCode.SUCCESS);
            check(scene.answered(0, ResponseCode.SUCCESS), "R08: the group's taker didn't answer it");
        }
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void c12_groupWithoutDomainIsAnswered_notAfterReleaseReturned() {
        CoreScene scene = new CoreScene();
        Actors.together(() -> scene.report(0), () -> {
            scene.core.faults().release(scene.device);
            scene.over = true;
        });
        check(scene.late() == 0, "C12: a response reached the driver after release returned");
    }

    @Explore(1000)
    void c12_rejectedGroupIsAnswered_notAfterReleaseReturned() {
        CoreScene scene = CoreScene.attached();
        Actors.together(
                () -> scene.core.faults().reject(scene.device, io.pgfault.api.PageRequest.LAST_PAGE, 0, 0, 0, 0),
                () -> {
                    scene.core.faults().release(scene.device);
                    scene.over = true;
                });
        check(scene.late() == 0, "C12: a response reached the driver after release returned");
    }

    @Explore(1000)
    void c12_groupWithoutDomainIsAnswered_notAfterRemoveReturned() {
        CoreScene scene = new CoreScene();
        Report[] report = new Report[1];
        Actors.together(() -> report[0] = scene.report(0), () -> {
            scene.core.queue().remove(scene.device);
            scene.over = true;
        });
        check(
                scene.late() == 0 || report[0] == Report.NO_QUEUE,
                "C12: a group that closed before the remove was answered after remove returned");
        scene.exactlyOne(0);
    }

    @Explore(1000)
    void c13_groupWithoutDomainIsAnswered_beforeFlushReturns() {
        CoreScene scene = new CoreScene();
        Actors.together(() -> scene.report(0), () -> {
            boolean closed = scene.device.counters().get(Counter.GROUPS) == 1;
            scene.core.queue().flush(scene.device);
            check(!closed || scene.responses(0) == 1, "C13: flush returned before the response was out");
        });
    }

    @Explore(1000)
    void c18_counterOfTheUnit_neverFallsWhileADeviceGoes() {
        CoreScene scene = new CoreScene();
        scene.report(0);
        Actors.together(() -> scene.core.faults().release(scene.device), () -> {
            long before = 1;
            for (int i = 0; i < 2; i++) {
                long now = scene.count(Counter.REQUESTS);
                check(now >= before, "C18: a counter fell from " + before + " to " + now);
                before = now;
            }
        });
    }
}
