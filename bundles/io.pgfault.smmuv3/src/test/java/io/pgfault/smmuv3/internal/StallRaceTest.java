// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads, tiny queues: everything is answered, and once. */
@Timeout(120)
class StallRaceTest {
    private static final int EACH = 2_000;

    /** Ends a thread that answers. */
    private static final Optional<FaultGroup> END = Optional.empty();

    /** Counts how often each transaction was resumed. */
    private static final class Counting extends RecordingDevice {
        final ConcurrentHashMap<Integer, AtomicInteger> counts = new ConcurrentHashMap<>();

        @Override
        public void resume(int transaction, boolean retry) {
            counts.computeIfAbsent(transaction, key -> new AtomicInteger()).incrementAndGet();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64})
    void a05_everyStallIsResumedOnceWhicheverThreadAnswers(int stallMax) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (Fixture smmu = new Fixture(new Sizes(1, 1, 1, stallMax))) {
            // Half is answered by the event thread, half by others, while the queues are full all the time.
            List<Future<?>> answering = new ArrayList<>();
            BlockingQueue<Optional<FaultGroup>> held = new LinkedBlockingQueue<>();
            smmu.faults.answers(null);
            smmu.faults.serve("user", group -> {
                if ((group.address(0) & 0x1000) == 0) {
                    group.respond(ResponseCode.SUCCESS);
                } else {
                    held.add(Optional.of(group));
                }
                return Disposition.TAKEN;
            });
            for (int i = 0; i < 2; i++) {
                answering.add(threads.submit(() -> {
                    for (Optional<FaultGroup> group = held.take(); group.isPresent(); group = held.take()) {
                        group.get().respond(ResponseCode.INVALID);
                    }
                    return null;
                }));
            }
            List<Counting> devices = new ArrayList<>();
            List<Future<?>> sending = new ArrayList<>();
            for (int d = 0; d < 3; d++) {
                Counting device = new Counting();
                devices.add(device);
                Upstream upstream = smmu.unit.connect("dma" + d, d, device);
                smmu.attach(upstream, Pasid.NONE);
                sending.add(threads.submit(() -> {
                    for (int i = 0; i < EACH; i++) {
                        upstream.transact(i, Pasid.NONE, Permissions.READ, i * 0x1000L);
                    }
                }));
            }
            for (Future<?> sender : sending) {
                sender.get(60, TimeUnit.SECONDS);
            }
            smmu.unit.drain();
            answering.forEach(answerer -> held.add(END));
            for (Future<?> answerer : answering) {
                answerer.get(10, TimeUnit.SECONDS);
            }
            for (Counting device : devices) {
                assertThat(device.counts).hasSize(EACH);
                assertThat(device.counts.values()).allMatch(count -> count.get() == 1);
            }
            assertThat(smmu.count(Counter.OVERFLOWS)).isZero();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a09_devicesComeAndGoWhileTheyFault() throws Exception {
        long seed = System.nanoTime();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (Fixture smmu = new Fixture(new Sizes(1, 1, 1, 4))) {
            List<Future<?>> lives = new ArrayList<>();
            for (int d = 0; d < 3; d++) {
                int id = d;
                SplittableRandom random = new SplittableRandom(seed + d);
                lives.add(threads.submit(() -> {
                    for (int life = 0; life < 100; life++) {
                        Counting device = new Counting();
                        Upstream upstream = smmu.unit.connect("dma" + id, id, device);
                        smmu.attach(upstream, Pasid.NONE);
                        int stalls = random.nextInt(20);
                        for (int i = 0; i < stalls; i++) {
                            assertThat(upstream.transact(i, Pasid.NONE, Permissions.READ, 0x1000))
                                    .isEqualTo(Upstream.STALLED);
                        }
                        upstream.close();
                        assertThat(device.counts).as("seed %d", seed).hasSize(stalls);
                        assertThat(device.counts.values()).allMatch(count -> count.get() == 1);
                        assertThat(device.disconnects()).isEqualTo(1);
                    }
                }));
            }
            for (Future<?> life : lives) {
                life.get(60, TimeUnit.SECONDS);
            }
            assertThat(smmu.count(Counter.BAD_REQUESTS)).as("seed %d", seed).isZero();
        } finally {
            threads.shutdownNow();
        }
    }
}
