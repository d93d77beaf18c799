// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static io.pgfault.iommufd.internal.UnitRig.LAST;
import static io.pgfault.iommufd.internal.UnitRig.WITH_PASID;
import static io.pgfault.iommufd.internal.UnitRig.fault;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.iommufd.internal.kernel.FakeFaultQueue.Answer;
import io.pgfault.iommufd.internal.kernel.FakeFaultQueue.Fault;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** From the fault queue to the handler and back. */
class FaultsTest {
    @Test
    void c04_groupComesWhole_inOrder_andIsAnsweredOnce() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.kernel.fault(
                    rig.queue,
                    new Fault(WITH_PASID, nic.device().id(), 7, 3, 1, 0x1000),
                    new Fault(WITH_PASID, nic.device().id(), 7, 3, 2, 0x2000),
                    new Fault(WITH_PASID | LAST, nic.device().id(), 7, 3, 4 | 8, 0xffff_ffff_ffff_f000L));
            rig.awaitHeld(1);
            FaultGroup group = rig.held.get(0);
            assertThat(group.device()).isSameAs(nic.device());
            assertThat(group.pasid()).isEqualTo(7);
            assertThat(group.id()).isEqualTo(3);
            assertThat(IntStream.range(0, group.size()).mapToLong(group::address))
                    .containsExactly(0x1000L, 0x2000L, 0xffff_ffff_ffff_f000L);
            assertThat(IntStream.range(0, group.size()).map(group::permissions)).containsExactly(1, 2, 12);
            assertThat(group.respond(ResponseCode.SUCCESS)).isTrue();
            assertThat(group.respond(ResponseCode.INVALID)).isFalse();
            rig.awaitAnswers(1);
            assertThat(rig.answers()).containsExactly(new Answer(nic.device().id(), 3, 0, true));
        }
    }

    @Test
    void c06_groupWithoutPasidHasNone() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.kernel.fault(rig.queue, fault(nic, LAST, 0, 1, 0x1000));
            rig.awaitHeld(1);
            assertThat(rig.held.get(0).pasid()).isEqualTo(Pasid.NONE);
        }
    }

    @ParameterizedTest
    @EnumSource(ResponseCode.class)
    void answersInTheKernelsWords_failureIsInvalid(ResponseCode code) throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.answers = group -> code;
            rig.kernel.fault(rig.queue, fault(nic, 1));
            rig.awaitAnswers(1);
            assertThat(rig.answers())
                    .containsExactly(new Answer(nic.device().id(), 1, code == ResponseCode.SUCCESS ? 0 : 1, true));
        }
    }

    @Test
    void c07_noDomain_deviceIsNotHeard() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.core.faults().detach(nic.device(), Pasid.NONE);
            assertThat(nic.connection().isAttached()).isFalse();
        }
    }

    @Test
    void c07_faultOfADeviceNobodyConfigured_isAnsweredInvalid() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            rig.kernel.fault(rig.queue, new Fault(LAST, 77, 0, 1, 1, 0x1000));
            rig.awaitAnswers(1);
            assertThat(rig.answers()).containsExactly(new Answer(77, 1, 1, true));
            assertThat(rig.count(Counter.BAD_REQUESTS)).isEqualTo(1);
        }
    }

    @Test
    void c21_tapOfRequests_seesEachRecordOfTheKernel_malformedOnesToo() throws Exception {
        List<Long> seen = new CopyOnWriteArrayList<>();
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic");
                AutoCloseable failing = rig.unit
                        .tapRequests((format, record) -> {
                            throw new NoClassDefFoundError("a tap that fails");
                        })
                        .orElseThrow();
                AutoCloseable tap = rig.unit
                        .tapRequests((format, record) -> {
                            assertThat(format).isEqualTo("iommufd");
                            assertThat(record.remaining()).isEqualTo(40);
                            seen.add(record.getLong(record.position() + 24));
                        })
                        .orElseThrow()) {
            rig.answers = group -> ResponseCode.SUCCESS;
            rig.kernel.fault(rig.queue, new Fault(LAST, 77, 0, 1, 1, 0x1000));
            rig.kernel.fault(rig.queue, fault(nic, 0, 0, 9, 0x2000), fault(nic, LAST, 0, 9, 0x3000));
            rig.awaitAnswers(2);
        }
        assertThat(seen).containsExactly(0x1000L, 0x2000L, 0x3000L);
    }

    @Test
    void groupThatMixesPasids_isInvalid_andNobodyIsAsked() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.kernel.fault(
                    rig.queue,
                    fault(nic, WITH_PASID, 5, 9, 0x1000),
                    fault(nic, WITH_PASID, 6, 9, 0x2000),
                    fault(nic, WITH_PASID | LAST, 6, 9, 0x3000));
            rig.awaitAnswers(1);
            assertThat(rig.answers()).containsExactly(new Answer(nic.device().id(), 9, 1, true));
            assertThat(rig.held).isEmpty();
            // A new group may use the group id again.
            rig.answers = group -> ResponseCode.SUCCESS;
            rig.kernel.fault(rig.queue, fault(nic, WITH_PASID | LAST, 6, 9, 0x3000));
            rig.awaitAnswers(2);
            assertThat(rig.answers()).contains(new Answer(nic.device().id(), 9, 0, true));
        }
    }

    /** The device's id is added to the device number. */
    static Stream<List<Fault>> malformed() {
        return Stream.of(
                List.of(new Fault(0, 0, 0, 1, 1, 0)),
                List.of(new Fault(0, 0, 0, 1, 1, 0), new Fault(LAST, 0, 0, 2, 1, 0)),
                List.of(new Fault(0, 1, 0, 1, 1, 0), new Fault(LAST, 0, 0, 1, 1, 0)),
                List.of(new Fault(LAST, 0, 0, -1, 1, 0)),
                List.of(new Fault(LAST | WITH_PASID, 0, Pasid.MAX + 1, 1, 1, 0)),
                List.of(new Fault(LAST | WITH_PASID, 0, -1, 1, 1, 0)));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void whatIsNoGroup_isAnsweredInvalid(List<Fault> template) throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            Fault[] group = template.stream()
                    .map(f -> new Fault(
                            f.flags(), nic.device().id() + f.device(), f.pasid(), f.group(), f.permissions(), 0x1000))
                    .toArray(Fault[]::new);
            rig.kernel.fault(rig.queue, group);
            rig.awaitAnswers(1);
            assertThat(rig.answers()).hasSize(1).allMatch(answer -> answer.code() == 1 && answer.written());
            assertThat(rig.held).isEmpty();
            assertThat(rig.count(Counter.BAD_REQUESTS)).isEqualTo(1);
        }
    }

    @Test
    void c15_cookieOutOfBounds_isAnsweredInvalid() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            rig.kernel.whileItStands(() -> rig.queue.nextCookie = 1 << 20);
            rig.kernel.fault(rig.queue, fault(nic, 1));
            rig.awaitAnswers(1);
            assertThat(rig.answers()).containsExactly(new Answer(nic.device().id(), 1, 1, true));
            assertThat(rig.held).isEmpty();
        }
    }

    @Test
    void groupOfMoreRecordsThanAReadHasRoomFor_comesWhole() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice nic = rig.mock("nic")) {
            int size = 4000;
            rig.kernel.fault(
                    rig.queue,
                    IntStream.rangeClosed(1, size)
                            .mapToObj(i -> fault(nic, i == size ? LAST : 0, 0, 1, 0x1000L * i))
                            .toArray(Fault[]::new));
            rig.awaitHeld(1);
            assertThat(rig.held.get(0).size()).isEqualTo(size);
            assertThat(rig.held.get(0).address(size - 1)).isEqualTo(0x1000L * size);
        }
    }

    @Test
    void inlineAnswersOfABatch_areWrittenTogether() throws Exception {
        try (UnitRig rig = new UnitRig(true);
                BoundDevice nic = rig.mock("nic")) {
            rig.answers = group -> ResponseCode.SUCCESS;
            rig.kernel.whileItStands(() -> {
                for (int group = 1; group <= 500; group++) {
                    rig.kernel.fault(rig.queue, fault(nic, group));
                }
            });
            rig.awaitAnswers(500);
            assertThat(rig.queue.batches).containsExactly(500);
            assertThat(rig.answers()).allMatch(answer -> answer.code() == 0);
        }
    }
}
