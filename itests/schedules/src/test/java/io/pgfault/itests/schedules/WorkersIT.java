// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.CoreScene.KIND;
import static io.pgfault.itests.schedules.control.Actors.check;
import static io.pgfault.itests.schedules.control.Actors.together;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.itests.schedules.control.Actors;
import io.pgfault.itests.schedules.control.Explore;

/** The core's own worker threads: a worker that sleeps while work waits would make a flush wait for ever. */
class WorkersIT {
    @Explore(500)
    void c13_oneWorker_neverSleepsWhileWorkWaits() {
        run(1);
    }

    @Explore(500)
    void c13_twoWorkers_neverSleepWhileWorkWaits() {
        run(2);
    }

    private static void run(int workers) {
        CoreScene scene = CoreScene.attached(workers);
        scene.core.register(
                group -> {
                    group.respond(ResponseCode.SUCCESS);
                    return Disposition.TAKEN;
                },
                1,
                10,
                false,
                KIND);
        together(
                () -> {
                    scene.report(0);
                    scene.report(1);
                    scene.core.queue().flush(scene.device);
                    check(scene.responses(0) == 1 && scene.responses(1) == 1, "C13: flush returned too early");
                },
                () -> scene.report(2));
        scene.core.stop();
        scene.exactlyOne(0, 1, 2);
    }

    @Explore(500)
    void r07_stop_endsSleepingWorkers() {
        CoreScene scene = CoreScene.attached(2);
        CoreScene.Keeper keeper = new CoreScene.Keeper();
        scene.core.register(keeper, 1, 10, false, KIND);
        together(() -> scene.report(0), scene.core::stop);
        check(Actors.othersHaveEnded(), "R07: a worker outlives the core");
    }
}
