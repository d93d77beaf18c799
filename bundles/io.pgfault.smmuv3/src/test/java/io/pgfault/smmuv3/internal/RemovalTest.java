// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static io.pgfault.smmuv3.internal.Fixture.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.smmuv3.internal.RecordingDevice.Answer;
import io.pgfault.smmuv3.internal.RecordingDevice.Resumed;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices and units that go: rules A09 and R06. */
@Timeout(60)
class RemovalTest {
    private static final Sizes SMALL = new Sizes(1, 1, 1, 8);

    @Test
    void a09_closingAnswersWhatIsPendingAndLetsEveryStallGo() {
        try (Fixture smmu = new Fixture(SMALL)) {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("dma0", 5, device);
            smmu.attach(upstream, 7);
            smmu.faults.hold();
            for (int i = 0; i < 6; i++) {
                upstream.transact(i, 7, Permissions.READ, 0x1000L * i);
            }
            upstream.pageRequest(7, 3, Permissions.READ, 0x1000, true);
            eventually(() -> smmu.faults.pending().size() == 7);
            FaultGroup late = smmu.faults.pending().get(0);

            upstream.close();
            upstream.close();

            assertThat(device.resumed())
                    .containsExactlyInAnyOrder(
                            new Resumed(0, false),
                            new Resumed(1, false),
                            new Resumed(2, false),
                            new Resumed(3, false),
                            new Resumed(4, false),
                            new Resumed(5, false));
            assertThat(device.answers()).containsExactly(new Answer(7, 3, Downstream.INVALID_REQUEST));
            assertThat(device.disconnects()).isEqualTo(1);
            smmu.unit.pageResponse(late.device(), Pasid.NONE, 0, 1, 0, ResponseCode.SUCCESS);
            assertThat(device.resumed()).hasSize(6);
        }
    }

    @Test
    void a09_whatTheDriverHasNotSeenIsTerminated() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        Fixture smmu = new Fixture(SMALL);
        Gate gate = new Gate();
        try {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("dma0", 5, device);
            smmu.attach(upstream, 7);
            smmu.faults.beforeReport(gate);
            for (int i = 0; i < 8; i++) {
                upstream.transact(i, 7, Permissions.READ, 0x1000L * i);
            }
            gate.awaitReached();
            CompletableFuture<Thread> waiter = new CompletableFuture<>();
            Future<Long> ninth = other.submit(() -> {
                waiter.complete(Thread.currentThread());
                return upstream.transact(8, 7, Permissions.READ, 0x8000);
            });
            eventually(() -> waiter.get().getState() == Thread.State.WAITING);

            // The event thread is held up in a report: the unit goes all the same.
            smmu.close();

            assertThat(ninth.get(10, TimeUnit.SECONDS)).isEqualTo(Translation.NONE);
            assertThat(device.resumed()).hasSize(8).allMatch(resumed -> !resumed.retry());
            assertThat(device.resumed()).extracting(Resumed::transaction).doesNotHaveDuplicates();
            assertThat(device.disconnects()).isEqualTo(1);
            assertThat(smmu.tapped()).isEmpty();
        } finally {
            gate.open();
            other.shutdownNow();
        }
    }

    @Test
    void afterClosingNothingIsTakenAndTheIdIsFree() throws Exception {
        try (Fixture smmu = new Fixture()) {
            Upstream gone = smmu.unit.connect("dma0", 5, new RecordingDevice());
            smmu.attach(gone, 7);
            smmu.map(0x1000, Permissions.READ);
            gone.close();

            assertThat(gone.transact(1, 7, Permissions.READ, 0x1000)).isEqualTo(Translation.NONE);
            assertThat(gone.translate(7, 0x1000)).isEqualTo(Translation.NONE);
            gone.pageRequest(7, 1, Permissions.READ, 0x1000, true);
            RecordingDevice device = new RecordingDevice();
            Upstream back = smmu.unit.connect("dma0", 5, device);
            smmu.unit.pageResponse(gone.device(), 7, 1, 0, 0, ResponseCode.SUCCESS);
            smmu.unit.drain();

            assertThat(device.answers()).isEmpty();
            assertThat(back.device()).isNotSameAs(gone.device());
            assertThat(smmu.faults.requests()).isEmpty();
        }
    }

    @Test
    void aDeviceMayLeaveFromWithinAnAnswer() {
        try (Fixture smmu = new Fixture()) {
            CompletableFuture<Upstream> self = new CompletableFuture<>();
            RecordingDevice device = new RecordingDevice() {
                @Override
                public void resume(int transaction, boolean retry) {
                    super.resume(transaction, retry);
                    self.join().close();
                }
            };
            Upstream upstream = smmu.unit.connect("dma0", 5, device);
            smmu.attach(upstream, 7);
            self.complete(upstream);

            upstream.transact(1, 7, Permissions.READ, 0x1000);

            eventually(() -> device.disconnects() == 1);
            assertThat(device.resumed()).containsExactly(new Resumed(1, true));
        }
    }

    @Test
    void r06_theUnitGoesAndItsNameIsFreeAgain() {
        Fixture smmu = new Fixture();
        RecordingDevice one = new RecordingDevice();
        RecordingDevice two = new RecordingDevice();
        Upstream upstream = smmu.unit.connect("dma0", 5, one);
        smmu.unit.connect("dma1", 6, two);
        smmu.attach(upstream, 7);
        smmu.faults.hold();
        upstream.transact(1, 7, Permissions.READ, 0x1000);
        eventually(() -> smmu.faults.pending().size() == 1);
        long start = System.nanoTime();

        smmu.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(one.resumed()).containsExactly(new Resumed(1, false));
        assertThat(one.disconnects()).isEqualTo(1);
        assertThat(two.disconnects()).isEqualTo(1);
        assertThat(smmu.faults.queues()).isEmpty();
        assertThatThrownBy(() -> smmu.unit.connect("dma2", 7, new RecordingDevice()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("smmu3.7")
                .hasMessageContaining("dma2");
        new IommuUnit(smmu.faults, "smmu3.7", SMALL).stop();
    }

    @Test
    void r06_whatIsInTheQueueWhenTheUnitGoesIsAnswered() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        Fixture smmu = new Fixture();
        try {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("nic0", 5, device);
            Gate gate = new Gate();
            smmu.faults.beforeReport(gate);
            upstream.pageRequest(7, 1, Permissions.READ, 0x1000, true);
            gate.awaitReached();
            upstream.pageRequest(7, 2, Permissions.READ, 0x1000, true);
            CompletableFuture<Thread> closer = new CompletableFuture<>();
            Future<?> closing = other.submit(() -> {
                closer.complete(Thread.currentThread());
                smmu.close();
            });
            eventually(() -> closer.get().getState() == Thread.State.TIMED_WAITING);
            gate.open();
            closing.get(10, TimeUnit.SECONDS);

            assertThat(device.answers()).extracting(Answer::prgIndex).containsExactly(1, 2);
        } finally {
            other.shutdownNow();
        }
    }
}
