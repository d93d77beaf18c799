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
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.RecordingDevice.Resumed;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The event queue full and stalls outstanding: rule A05. */
@Timeout(60)
class StallBoundsTest {
    private static final long STALL = 1L << 31 | 2L << 40;

    @Test
    void a05_stallsBeyondTheQueueAreKeptAndRecordedInOrder() throws Exception {
        try (Fixture smmu = new Fixture(new Sizes(1, 1, 1, 100))) {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("dma0", 5, device);
            smmu.attach(upstream, 7);
            Gate gate = new Gate();
            smmu.faults.beforeReport(gate);

            for (int i = 0; i < 100; i++) {
                assertThat(upstream.transact(i, 7, Permissions.READ, i * 0x1000L))
                        .isEqualTo(Upstream.STALLED);
            }
            assertThat(smmu.ring("evtq").offer(raw(0x5_0000_0001L, 0, 0, 0))).isFalse();
            gate.open();
            smmu.unit.drain();

            assertThat(smmu.faults.requests())
                    .extracting(PageRequest::address)
                    .containsExactlyElementsOf(LongStream.range(0, 100)
                            .map(i -> i * 0x1000)
                            .boxed()
                            .toList());
            assertThat(device.resumed())
                    .containsExactlyElementsOf(IntStream.range(0, 100)
                            .mapToObj(i -> new Resumed(i, true))
                            .toList());
            assertThat(smmu.count(Counter.OVERFLOWS)).isZero();
        }
    }

    @Test
    void a05_atStallMaxTheNextTransactionWaitsForATag() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (Fixture smmu = new Fixture(new Sizes(4, 4, 4, 3))) {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("dma0", 5, device);
            smmu.attach(upstream, 7);
            smmu.faults.hold();
            for (int i = 0; i < 3; i++) {
                assertThat(upstream.transact(i, 7, Permissions.READ, i * 0x1000L))
                        .isEqualTo(Upstream.STALLED);
            }
            eventually(() -> smmu.faults.pending().size() == 3);
            CompletableFuture<Thread> waiter = new CompletableFuture<>();
            Future<Long> fourth = other.submit(() -> {
                waiter.complete(Thread.currentThread());
                return upstream.transact(3, 7, Permissions.READ, 0x3000);
            });
            eventually(() -> waiter.get().getState() == Thread.State.WAITING);
            assertThat(fourth).isNotDone();
            assertThat(smmu.faults.requests()).hasSize(3);

            smmu.faults.pending().get(1).respond(ResponseCode.SUCCESS);

            assertThat(fourth.get(10, TimeUnit.SECONDS)).isEqualTo(Upstream.STALLED);
            eventually(() -> smmu.faults.pending().size() == 3);
            smmu.faults.respondAll(ResponseCode.INVALID);
            smmu.unit.drain();
            assertThat(device.resumed())
                    .containsExactlyInAnyOrder(
                            new Resumed(0, false), new Resumed(1, true), new Resumed(2, false), new Resumed(3, false));
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void a05_aDeviceMaySendItsNextTransactionWhileItIsResumed() throws Exception {
        try (Fixture smmu = new Fixture(new Sizes(1, 1, 1, 1))) {
            AtomicInteger next = new AtomicInteger();
            List<Upstream> self = new ArrayList<>();
            RecordingDevice device = new RecordingDevice() {
                @Override
                public void resume(int transaction, boolean retry) {
                    super.resume(transaction, retry);
                    if (next.incrementAndGet() < 50) {
                        self.get(0).transact(next.get(), Pasid.NONE, Permissions.READ, 0x1000);
                    }
                }
            };
            self.add(smmu.unit.connect("dma0", 5, device));
            smmu.attach(self.get(0), Pasid.NONE);

            self.get(0).transact(0, Pasid.NONE, Permissions.READ, 0x1000);

            eventually(() -> device.resumed().size() == 50);
            assertThat(device.resumed())
                    .containsExactlyElementsOf(IntStream.range(0, 50)
                            .mapToObj(i -> new Resumed(i, true))
                            .toList());
        }
    }

    @Test
    void a05_aRawStallIsNeverLostEither() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (Fixture smmu = new Fixture(new Sizes(1, 1, 1, 1))) {
            Gate gate = new Gate();
            smmu.faults.beforeReport(gate);
            smmu.unit.connect("dma0", 5, new RecordingDevice());
            RecordRing ring = smmu.ring("evtq");
            assertThat(ring.post(raw(0x5_0000_0010L, STALL | 1, 0, 0))).isTrue();
            gate.awaitReached();
            assertThat(ring.post(raw(0x5_0000_0010L, STALL | 2, 0, 0))).isTrue();
            assertThat(ring.offer(raw(0x5_0000_0010L, STALL | 3, 0, 0))).isFalse();
            assertThat(ring.awaitRoom(0)).isFalse();
            assertThat(ring.post(raw(0x5_0000_000aL, 0, 0, 0))).isFalse();

            Future<Boolean> third = other.submit(() -> ring.post(raw(0x5_0000_0010L, STALL | 3, 0, 0)));
            gate.open();

            assertThat(third.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(ring.awaitRoom(TimeUnit.SECONDS.toNanos(10))).isTrue();
            smmu.unit.drain();
            assertThat(smmu.faults.requests()).extracting(PageRequest::groupId).containsExactly(1, 2, 3);
            assertThat(smmu.count(Counter.OVERFLOWS)).isEqualTo(1);
        } finally {
            other.shutdownNow();
        }
    }
}
