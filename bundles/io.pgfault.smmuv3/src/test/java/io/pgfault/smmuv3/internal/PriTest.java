// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static io.pgfault.smmuv3.internal.Fixture.eventually;
import static io.pgfault.smmuv3.internal.Fixture.raw;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.Fixture.Tapped;
import io.pgfault.smmuv3.internal.RecordingDevice.Answer;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Page requests: rules A06 to A08. Raw records are words written by hand from IHI 0070 F.b §8.1. */
@Timeout(60)
class PriTest {
    private static final int STREAM = 0x201;
    private static final long PRIV = 1L << 58;
    private static final long EXEC = 1L << 59;
    private static final long READ = 1L << 60;
    private static final long WRITE = 1L << 61;
    private static final long LAST = 1L << 62;
    private static final long SSV = 1L << 63;

    private static void feed(Fixture smmu, long word0, long word1) throws InterruptedException {
        assertThat(smmu.ring("priq").offer(raw(word0, word1))).isTrue();
        smmu.unit.drain();
    }

    @ParameterizedTest
    @CsvSource({"0", EXEC + "", PRIV + ""})
    void a06_stopMarkersAreDroppedWhateverElseTheySay(long more) throws Exception {
        try (Fixture smmu = new Fixture()) {
            Upstream upstream = smmu.unit.connect("nic0", STREAM, new RecordingDevice());
            feed(smmu, SSV | LAST | more | 0x0000_0007_0000_0000L | STREAM, 3);
            feed(smmu, SSV | LAST | more | 0x0000_0007_0000_0000L | 0xbad, 3);

            assertThat(upstream.device().counters().get(Counter.STOP_MARKERS)).isEqualTo(1);
            assertThat(smmu.count(Counter.STOP_MARKERS)).isEqualTo(2);
            assertThat(smmu.count(Counter.BAD_REQUESTS)).isZero();
            assertThat(smmu.faults.requests()).isEmpty();
            assertThat(smmu.tapped()).isEmpty();
        }
    }

    @Test
    void a06_withoutSsvTheSameIsAPageRequest() throws Exception {
        try (Fixture smmu = new Fixture()) {
            RecordingDevice device = new RecordingDevice();
            smmu.unit.connect("nic0", STREAM, device);
            feed(smmu, LAST | STREAM, 0x5003);

            assertThat(smmu.faults.requests()).containsExactly(new PageRequest(PageRequest.LAST_PAGE, 0, 3, 0, 0x5000));
            assertThat(device.answers()).containsExactly(new Answer(Pasid.NONE, 3, Downstream.SUCCESS));
            assertThat(smmu.count(Counter.STOP_MARKERS)).isZero();
        }
    }

    @Test
    void a07_requestsAreReportedWithWhatTheyAskFor() throws Exception {
        try (Fixture smmu = new Fixture()) {
            smmu.unit.connect("nic0", STREAM, new RecordingDevice());
            feed(smmu, SSV | READ | 0x000a_bcde_0000_0000L | STREAM, 0x7fff_ffff_ffff_f1ffL);
            feed(smmu, WRITE | PRIV | STREAM, 0x1001);
            feed(smmu, SSV | LAST | READ | EXEC | 0x0000_0001_0000_0000L | STREAM, 0x2002);

            int pasid = PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID;
            assertThat(smmu.faults.requests())
                    .containsExactly(
                            new PageRequest(pasid, 0xabcde, 0x1ff, Permissions.READ, 0x7fff_ffff_ffff_f000L),
                            new PageRequest(0, 0, 1, Permissions.WRITE | Permissions.PRIV, 0x1000),
                            new PageRequest(
                                    pasid | PageRequest.LAST_PAGE, 1, 2, Permissions.READ | Permissions.EXEC, 0x2000));
        }
    }

    @ParameterizedTest
    @CsvSource({"SUCCESS, 2, 0", "INVALID, 1, 1", "FAILURE, 0, 15"})
    void a07_responsesCarryCodeAndPasid(ResponseCode answer, long response, int onTheWire) throws Exception {
        try (Fixture smmu = new Fixture()) {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("nic0", STREAM, device);
            smmu.faults.answers(request -> answer);

            upstream.pageRequest(0xabcde, 0x1ff, Permissions.READ, 0x1000, true);
            upstream.pageRequest(Pasid.NONE, 1, Permissions.WRITE, 0x2000, true);
            smmu.unit.drain();

            assertThat(device.answers())
                    .containsExactly(new Answer(0xabcde, 0x1ff, onTheWire), new Answer(Pasid.NONE, 1, onTheWire));
            assertThat(smmu.tapped())
                    .containsExactly(
                            new Tapped(0x0000_0201_abcd_e841L, response << 12 | 0x1ff, answer),
                            new Tapped(0x0000_0201_0000_0041L, response << 12 | 1, answer));
        }
    }

    @Test
    void a07_unknownStreamIsAnsweredInvalidAtItsLastRequest() throws Exception {
        try (Fixture smmu = new Fixture()) {
            feed(smmu, READ | 0x666, 0x1001);
            assertThat(smmu.tapped()).isEmpty();
            feed(smmu, SSV | LAST | READ | 0x0000_0009_0000_0666L, 0x1001);

            assertThat(smmu.tapped()).containsExactly(new Tapped(0x0000_0666_0000_9841L, 0x1001, ResponseCode.INVALID));
            assertThat(smmu.count(Counter.BAD_REQUESTS)).isEqualTo(2);
            assertThat(smmu.faults.requests()).isEmpty();
        }
    }

    @Test
    void a08_whatIsLostIsAnsweredByTheHardwareIfItWasLast() throws Exception {
        try (Fixture smmu = new Fixture(new Sizes(1, 1, 1, 1))) {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("nic0", STREAM, device);
            Gate gate = new Gate();
            smmu.faults.beforeReport(gate);
            smmu.faults.answers(request -> ResponseCode.INVALID);

            upstream.pageRequest(1, 0, Permissions.READ, 0x1000, true);
            upstream.pageRequest(1, 1, Permissions.READ, 0x2000, true);
            upstream.pageRequest(1, 2, Permissions.READ, 0x3000, true);
            upstream.pageRequest(1, 3, Permissions.READ, 0x4000, false);
            upstream.pageRequest(Pasid.NONE, 4, Permissions.READ, 0x5000, true);
            upstream.pageRequest(1, 5, 0, 0, true);
            assertThat(device.answers())
                    .containsExactly(
                            new Answer(1, 2, Downstream.SUCCESS), new Answer(Pasid.NONE, 4, Downstream.SUCCESS));
            gate.open();
            smmu.unit.drain();

            assertThat(device.answers())
                    .containsExactlyInAnyOrder(
                            new Answer(1, 2, Downstream.SUCCESS),
                            new Answer(Pasid.NONE, 4, Downstream.SUCCESS),
                            new Answer(1, 0, Downstream.INVALID_REQUEST),
                            new Answer(1, 1, Downstream.INVALID_REQUEST));
            assertThat(smmu.count(Counter.OVERFLOWS)).isEqualTo(1);
            assertThat(smmu.tapped()).hasSize(2);
        }
    }

    @Test
    void a08_drainThenDiscardThenAcknowledge() throws Exception {
        try (Fixture smmu = new Fixture(new Sizes(1, 1, 1, 1))) {
            RecordRing ring = smmu.ring("priq");
            List<Integer> reportedAtDiscard = new CopyOnWriteArrayList<>();
            List<Boolean> takesAtDiscard = new CopyOnWriteArrayList<>();
            smmu.faults.onDiscard(() -> {
                reportedAtDiscard.add(smmu.faults.requests().size());
                takesAtDiscard.add(ring.offer(raw(READ | STREAM, 0x9009)));
            });
            smmu.unit.connect("nic0", STREAM, new RecordingDevice());
            Gate gate = new Gate();
            smmu.faults.beforeReport(gate);
            assertThat(ring.post(raw(READ | STREAM, 0x1001))).isTrue();
            assertThat(ring.post(raw(READ | STREAM, 0x2001))).isTrue();
            assertThat(ring.post(raw(READ | STREAM, 0x3001))).isFalse();
            assertThat(ring.awaitRoom(0)).isFalse();
            gate.open();

            assertThat(ring.awaitRoom(TimeUnit.SECONDS.toNanos(10))).isTrue();
            smmu.unit.drain();

            assertThat(reportedAtDiscard).containsExactly(2);
            assertThat(takesAtDiscard).containsExactly(false);
            assertThat(smmu.faults.discards("smmu3.7")).isEqualTo(1);
            assertThat(ring.post(raw(READ | LAST | STREAM, 0x4001))).isTrue();
            eventually(() -> smmu.faults.requests().size() == 3);
        }
    }

    @Test
    void a08_asOftenAsItHappens() throws Exception {
        try (Fixture smmu = new Fixture(new Sizes(1, 1, 1, 1))) {
            RecordRing ring = smmu.ring("priq");
            smmu.unit.connect("nic0", STREAM, new RecordingDevice());
            for (int round = 1; round <= 5; round++) {
                Gate gate = new Gate();
                smmu.faults.beforeReport(gate);
                while (ring.post(raw(READ | STREAM, 0x1001))) {
                    gate.awaitReached();
                }
                gate.open();
                smmu.unit.drain();
                assertThat(smmu.count(Counter.OVERFLOWS)).isEqualTo(round);
            }
            assertThat(smmu.faults.requests()).hasSize(10);
        }
    }
}
