// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static io.pgfault.iommufd.internal.UnitRig.fault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.iommufd.internal.kernel.FakeFaultQueue.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Devices and units that go while faults are outstanding: the kernel answers too, and cookies are used again. */
class DetachTest {
    @Test
    void lateAnswerAfterADetach_isNoError_andTheRestOfTheBatchIsWritten() throws Exception {
        try (UnitRig rig = new UnitRig(true);
                BoundDevice gone = rig.mock("gone");
                BoundDevice stays = rig.mock("stays")) {
            rig.answers = group -> {
                if (group.id() == 3) {
                    rig.kernel.detach(rig.queue, gone.device().id());
                }
                return ResponseCode.SUCCESS;
            };
            rig.kernel.whileItStands(() -> {
                rig.kernel.fault(rig.queue, fault(stays, 1));
                rig.kernel.fault(rig.queue, fault(gone, 2));
                rig.kernel.fault(rig.queue, fault(stays, 3));
            });
            rig.awaitAnswers(3);
            assertThat(rig.answers())
                    .containsExactly(
                            new Answer(gone.device().id(), 2, 1, false),
                            new Answer(stays.device().id(), 1, 0, true),
                            new Answer(stays.device().id(), 3, 0, true));
            assertThat(rig.queue.batches).as("it stops at the one that is gone").containsExactly(3, 2, 1);
        }
    }

    @Test
    void c09_lateAnswer_doesNotReachTheGroupThatHasTheCookieNow() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.kernel.fault(rig.queue, fault(nic, 1));
            rig.awaitHeld(1);
            rig.kernel.detach(rig.queue, nic.device().id());
            rig.kernel.fault(rig.queue, fault(nic, 2)); // the same cookie: it is the lowest free one
            rig.awaitHeld(2);
            rig.held.get(0).respond(ResponseCode.INVALID);
            rig.held.get(1).respond(ResponseCode.SUCCESS);
            rig.awaitAnswers(2);
            assertThat(rig.answers())
                    .containsExactly(
                            new Answer(nic.device().id(), 1, 1, false),
                            new Answer(nic.device().id(), 2, 0, true));
            assertThat(rig.queue.turnedAway).isZero();
        }
    }

    @Test
    void c12_deviceThatGoes_isAnsweredByUs_andLeavesNothing() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            int objects = rig.kernel.openObjects();
            BoundDevice nic = rig.mock("nic");
            rig.kernel.fault(rig.queue, fault(nic, 1));
            rig.kernel.fault(rig.queue, fault(nic, 2));
            rig.awaitHeld(2);
            nic.close();
            assertThat(rig.answers())
                    .containsExactlyInAnyOrder(
                            new Answer(nic.device().id(), 1, 1, true),
                            new Answer(nic.device().id(), 2, 1, true));
            assertThat(rig.held.get(0).respond(ResponseCode.SUCCESS)).isFalse();
            assertThat(rig.kernel.openObjects()).isEqualTo(objects);
            assertThat(rig.unit.queue().devices()).isEmpty();
        }
    }

    @Test
    void c19_domainDetached_kernelAnswers_beforeTheCallReturns() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.kernel.fault(rig.queue, fault(nic, 1));
            rig.awaitHeld(1);
            rig.core.faults().detach(nic.device(), Pasid.NONE);
            assertThat(rig.answers()).containsExactly(new Answer(nic.device().id(), 1, 1, false));
            assertThat(rig.held.get(0).respond(ResponseCode.SUCCESS)).isFalse();
        }
    }

    @Test
    void r06_unitThatGoes_answersEverything_andLeavesNothingOpen() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            BoundDevice nic = rig.mock("nic");
            for (int group = 1; group <= 100; group++) {
                rig.kernel.fault(rig.queue, fault(nic, group));
            }
            rig.awaitHeld(100);
            long before = System.nanoTime();
            rig.stopUnit();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
            assertThat(rig.answers()).hasSize(100).allMatch(answer -> answer.code() == 1);
            assertThat(rig.answers().stream().map(Answer::group).distinct()).hasSize(100);
            assertThat(rig.kernel.openDescriptors()).isZero();
            assertThat(rig.kernel.openObjects()).isZero();
            nic.close(); // afterwards it is harmless
        }
    }

    @Test
    void r06_unitThatFailsToStart_leavesNothingOpen() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            int open = rig.kernel.openDescriptors();
            int objects = rig.kernel.openObjects();
            assertThatIllegalStateException().isThrownBy(() -> rig.unit("iommufd0"));
            assertThat(rig.kernel.openDescriptors()).isEqualTo(open);
            assertThat(rig.kernel.openObjects()).isEqualTo(objects);
        }
    }

    /**
     * Faults, answers in any order and late ones, detaches behind our back: every fault has one answer, and the right
     * one.
     */
    @Test
    void c09_random_everyFaultIsAnsweredOnce() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (UnitRig rig = new UnitRig();
                BoundDevice a = rig.mock("a");
                BoundDevice b = rig.mock("b")) {
            int groups = 2000;
            for (int group = 1; group <= groups; group++) {
                rig.kernel.fault(rig.queue, fault(random.nextBoolean() ? a : b, group));
                if (random.nextInt(50) == 0) {
                    rig.kernel.detach(
                            rig.queue, (random.nextBoolean() ? a : b).device().id());
                }
                if (random.nextBoolean() && !rig.held.isEmpty()) {
                    FaultGroup answered = rig.held.remove(random.nextInt(rig.held.size()));
                    answered.respond(answered.id() % 2 == 0 ? ResponseCode.SUCCESS : ResponseCode.INVALID);
                }
            }
            await().until(() -> {
                List<FaultGroup> rest = List.copyOf(rig.held);
                rig.held.removeAll(rest);
                rest.forEach(g -> g.respond(g.id() % 2 == 0 ? ResponseCode.SUCCESS : ResponseCode.INVALID));
                return rig.answers().size() >= groups;
            });
            assertThat(rig.answers().stream().collect(Collectors.groupingBy(Answer::group)))
                    .as("seed %d", seed)
                    .hasSize(groups)
                    .allSatisfy((group, answers) -> assertThat(answers)
                            .hasSize(1)
                            .allMatch(answer ->
                                    answer.written() ? answer.code() == (group % 2 == 0 ? 0 : 1) : answer.code() == 1));
        }
    }
}
