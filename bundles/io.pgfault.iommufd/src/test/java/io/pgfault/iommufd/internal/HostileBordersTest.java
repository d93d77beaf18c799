// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static io.pgfault.iommufd.internal.UnitRig.LAST;
import static io.pgfault.iommufd.internal.UnitRig.fault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.iommufd.internal.kernel.Errno;
import io.pgfault.iommufd.internal.kernel.FakeFaultQueue.Answer;
import io.pgfault.iommufd.internal.kernel.FakeFaultQueue.Fault;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The kernel, taps and the core misbehave at the unit's borders: each fault still has one answer (rules C09, C21). */
class HostileBordersTest {
    private static Fault[] group(BoundDevice device, int id, int size) {
        return IntStream.rangeClosed(1, size)
                .mapToObj(i -> fault(device, i == size ? LAST : 0, 0, id, 0x1000L * i))
                .toArray(Fault[]::new);
    }

    @Test
    void b11_readOfZeroBytes_growsTheBuffer_andLaterGroupsFollow() throws Exception {
        // Inline: workers would call the handler in any order.
        try (UnitRig rig = new UnitRig(true);
                BoundDevice nic = rig.mock("nic")) {
            rig.kernel.whileItStands(() -> {
                rig.queue.zeroForTooLarge = true;
                rig.kernel.fault(rig.queue, group(nic, 1, 4000));
                rig.kernel.fault(rig.queue, fault(nic, 2));
            });
            rig.awaitHeld(2);
            assertThat(rig.held).extracting(FaultGroup::size).containsExactly(4000, 1);
            assertThat(rig.kernel.pauses).as("pauses").isZero();
        }
    }

    @Test
    void b11_descriptorThatIsAlwaysReadableAndEmpty_isPausedFor_andStillServed() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.kernel.whileItStands(() -> rig.queue.alwaysReadable = true);
            rig.kernel.fault(rig.queue, fault(nic, 1));
            await().until(() -> rig.kernel.pauses >= 3);
            rig.kernel.fault(rig.queue, fault(nic, 2));
            rig.awaitHeld(2);
            // A drain doesn't wait for the pause's end, and a unit that stops doesn't either.
            rig.answers = g -> ResponseCode.SUCCESS;
            rig.held.forEach(g -> g.respond(ResponseCode.SUCCESS));
            rig.unit.drain();
            assertThat(rig.answers()).hasSize(2).allMatch(answer -> answer.code() == 0);
        }
    }

    @Test
    void c21_tapThatThrowsAnError_losesNoAnswerOfTheBatch() throws Exception {
        try (UnitRig rig = new UnitRig(true);
                BoundDevice nic = rig.mock("nic")) {
            List<ResponseCode> seen = new CopyOnWriteArrayList<>();
            rig.unit.tap((record, code) -> {
                throw new NoClassDefFoundError("a bundle was refreshed");
            });
            rig.unit.tap((record, code) -> seen.add(code));
            rig.answers = group -> ResponseCode.SUCCESS;
            rig.kernel.whileItStands(
                    () -> IntStream.rangeClosed(1, 100).forEach(id -> rig.kernel.fault(rig.queue, fault(nic, id))));
            rig.awaitAnswers(100);
            await().until(() -> seen.size() == 100);
            rig.kernel.fault(rig.queue, fault(nic, 101));
            rig.awaitAnswers(101);
            assertThat(rig.queue.outstanding()).isZero();
            assertThat(rig.unregistered).hasValue(0);
        }
    }

    @Test
    void c09_kernelThatTakesNoResponseForAWhile_getsEachOnce() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            IntStream.rangeClosed(1, 10).forEach(id -> rig.kernel.fault(rig.queue, fault(nic, id)));
            rig.awaitHeld(10);
            rig.kernel.whileItStands(
                    () -> IntStream.range(0, 5).forEach(i -> rig.queue.writeFailures.add(Errno.EAGAIN)));
            rig.held.forEach(group -> group.respond(ResponseCode.SUCCESS));
            rig.awaitAnswers(10);
            assertThat(rig.answers()).extracting(Answer::code).containsOnly(0).hasSize(10);
            assertThat(rig.queue.turnedAway).isZero();
        }
    }

    @Test
    void c09_writeThatFails_costsOnlyItsOwnGroup() throws Exception {
        try (UnitRig rig = new UnitRig(true);
                BoundDevice nic = rig.mock("nic")) {
            rig.answers = group -> ResponseCode.SUCCESS;
            rig.kernel.whileItStands(() -> {
                rig.queue.writeFailures.add(5); // EIO
                IntStream.rangeClosed(1, 10).forEach(id -> rig.kernel.fault(rig.queue, fault(nic, id)));
            });
            rig.awaitAnswers(9);
            assertThat(rig.answers()).extracting(Answer::group).containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10);
        }
    }

    @Test
    void b4_eventThreadThatCanNotGoOn_answersEverything_andUnregistersTheUnit() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            BoundDevice nic = rig.mock("nic");
            rig.kernel.fault(rig.queue, fault(nic, 1));
            rig.kernel.fault(rig.queue, fault(nic, 2));
            rig.awaitHeld(2);
            rig.kernel.whileItStands(() -> rig.queue.readError = new OutOfMemoryError("prepared"));
            rig.kernel.fault(rig.queue, fault(nic, 3));
            rig.awaitAnswers(3);
            await().until(() -> rig.kernel.openDescriptors() == 0);
            assertThat(rig.unregistered).hasValue(1);
            assertThat(rig.answers()).extracting(Answer::code).containsOnly(1);
            assertThat(rig.answers()).extracting(Answer::group).containsExactlyInAnyOrder(1, 2, 3);
            rig.stopUnit(); // The container's own call comes later, and finds nothing to do.
            assertThat(rig.unregistered).hasValue(1);
        }
    }

    @Test
    void b9_secondUnitOfOneName_doesNotTouchTheFirstOnesDescriptor() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            AtomicInteger opened = new AtomicInteger();
            assertThatIllegalStateException()
                    .isThrownBy(() -> new IommufdUnit(
                            rig.core.faults(),
                            "iommufd0",
                            () -> {
                                opened.incrementAndGet();
                                throw new AssertionError("the name is taken: nothing may be opened");
                            },
                            made -> () -> {}));
            assertThat(opened).hasValue(0);
            rig.kernel.fault(rig.queue, fault(nic, 1));
            rig.awaitHeld(1);
        }
    }
}
