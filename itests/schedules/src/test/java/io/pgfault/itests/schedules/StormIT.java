// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.CoreScene.KIND;
import static io.pgfault.itests.schedules.control.Actors.check;
import static io.pgfault.itests.schedules.control.Actors.together;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.itests.schedules.control.Actors;
import io.pgfault.itests.schedules.control.Explore;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Three threads, each with four calls of the core that the schedule's seed chooses. At the end the core stops; then
 * each group that was reported has had one response, or none if the device had been released, and none comes
 * afterwards.
 */
class StormIT {
    private final CoreScene scene = CoreScene.attached();
    private final CoreScene.Keeper first = new CoreScene.Keeper();
    private final CoreScene.Keeper second = new CoreScene.Keeper();

    @Explore(3000)
    void c09_randomCalls_answerEachGroupOnce() {
        SplittableRandom random = Actors.random();
        boolean inline = random.nextBoolean();
        scene.core.register(group -> random(first, group), 1, 10, inline, KIND);
        scene.core.register(second, 2, 5, random.nextBoolean(), KIND);
        together(actor(random.split(), 0), actor(random.split(), 1), actor(random.split(), 2));
        scene.turns();
        scene.core.stop();
        scene.over = true;
        for (FaultGroup group : first.groups()) {
            check(!group.respond(ResponseCode.SUCCESS), "R07: a response counted after the core had stopped");
        }
        scene.turns();
        check(scene.late() == 0, "R07: a response reached the driver after the core had stopped");
        for (int id = 0; id < CoreScene.GROUPS; id++) {
            int expected = scene.reported(id) ? 1 : 0;
            int actual = scene.responses(id);
            check(actual == expected, "C09: group " + id + " has had " + actual + " responses, not " + expected);
        }
    }

    private static Disposition random(CoreScene.Keeper keeper, FaultGroup group) {
        switch (group.id() % 4) {
            case 0 -> group.respond(ResponseCode.SUCCESS);
            case 1 -> group.execute(() -> group.respond(ResponseCode.SUCCESS));
            case 2 -> {
                return Disposition.DECLINED;
            }
            default -> {}
        }
        return keeper.handle(group);
    }

    private Actors.Step actor(SplittableRandom random, int number) {
        return () -> {
            for (int i = 0; i < 4; i++) {
                call(random, 4 * number + i);
            }
        };
    }

    private void call(SplittableRandom random, int id) throws InterruptedException {
        switch (random.nextInt(18)) {
            case 0, 1, 2, 3 -> scene.report(id);
            case 4 -> {
                scene.partial(id);
                scene.report(id);
            }
            case 5 -> scene.core.faults().reject(scene.device, PageRequest.LAST_PAGE, 0, CoreScene.REJECTED, 0, 0);
            case 6 -> any(random, first).forEach(group -> group.respond(ResponseCode.SUCCESS));
            case 7 -> any(random, second).forEach(group -> group.respond(ResponseCode.INVALID));
            case 8 ->
                any(random, first)
                        .forEach(group -> group.execute(() -> {
                            throw new IllegalStateException("on purpose");
                        }));
            case 9 -> scene.core.unregister(1);
            case 10 -> scene.core.register(first, 3, 20, random.nextBoolean(), KIND);
            case 11 -> scene.pass(CoreUnderTest.GRACE);
            case 12 -> scene.pass(CoreUnderTest.DEADLINE);
            case 13 -> scene.core.faults().attach(scene.device, Pasid.NONE, scene.domain("domain " + id));
            case 14 -> scene.core.faults().detach(scene.device, Pasid.NONE);
            case 15 -> scene.core.queue().discardPartials();
            case 16 -> {
                scene.core.queue().remove(scene.device);
                scene.rejoin();
            }
            default -> scene.turns();
        }
    }

    private static List<FaultGroup> any(SplittableRandom random, CoreScene.Keeper keeper) {
        List<FaultGroup> groups = keeper.groups();
        return groups.isEmpty() ? groups : List.of(groups.get(random.nextInt(groups.size())));
    }
}
