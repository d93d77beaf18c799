// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DoorbellTest {
    private static final long LONG = TimeUnit.SECONDS.toNanos(30);

    private final ExecutorService others = Executors.newCachedThreadPool();

    @AfterEach
    void end() throws InterruptedException {
        others.shutdownNow();
        assertThat(others.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aRing_callsTheListenerOnTheRingingThread() {
        List<Thread> threads = new ArrayList<>();
        Doorbell bell = new Doorbell(() -> threads.add(Thread.currentThread()));
        bell.ring();
        bell.ring();
        assertThat(threads).containsExactly(Thread.currentThread(), Thread.currentThread());
        assertThat(bell.isBusy()).isFalse();
    }

    @Test
    void aRingFromTheListener_isAnsweredAfterwards_notNested() {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger depth = new AtomicInteger();
        Doorbell[] bell = new Doorbell[1];
        bell[0] = new Doorbell(() -> {
            assertThat(depth.incrementAndGet()).isEqualTo(1);
            assertThat(bell[0].isRinging()).isTrue();
            if (calls.incrementAndGet() == 1) {
                bell[0].ring();
                assertThat(bell[0].ringAndAwait(LONG)).isFalse();
            }
            depth.decrementAndGet();
        });
        bell[0].ring();
        assertThat(calls).hasValue(2);
        assertThat(bell[0].isRinging()).isFalse();
    }

    @Test
    void aThreadThatRingsMeanwhile_leavesItsRingToTheRingingThread() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        Doorbell bell = new Doorbell(() -> {
            if (calls.incrementAndGet() == 1) {
                inside.countDown();
                awaitLatch(goOn);
            }
        });
        Future<?> ringing = others.submit(bell::ring);
        awaitLatch(inside);
        bell.ring();
        assertThat(calls).hasValue(1);
        assertThat(bell.isBusy()).isTrue();
        goOn.countDown();
        ringing.get(30, TimeUnit.SECONDS);
        assertThat(calls).hasValue(2);
    }

    @Test
    void ringAndAwait_returnsAfterACallThatBeganLater() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger begun = new AtomicInteger();
        Doorbell bell = new Doorbell(() -> {
            if (begun.incrementAndGet() == 1) {
                inside.countDown();
                awaitLatch(goOn);
            }
            ended.incrementAndGet();
        });
        Future<?> ringing = others.submit(bell::ring);
        awaitLatch(inside);
        Future<Integer> waiting = others.submit(() -> bell.ringAndAwait(LONG) ? ended.get() : -1);
        goOn.countDown();
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(2);
        ringing.get(30, TimeUnit.SECONDS);
    }

    @Test
    void ringAndAwait_givesUpWhenTheTimeIsOver_andKeepsTheInterrupt() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Doorbell bell = new Doorbell(() -> {
            inside.countDown();
            awaitLatch(goOn);
        });
        Future<?> ringing = others.submit(bell::ring);
        awaitLatch(inside);
        Thread.currentThread().interrupt();
        assertThat(bell.ringAndAwait(1_000)).isFalse();
        assertThat(Thread.interrupted()).isTrue();
        goOn.countDown();
        ringing.get(30, TimeUnit.SECONDS);
    }

    /** The check of an insertion count stands for the hardware: a call sees everything inserted before its ring. */
    @Test
    void manyThreads_noRingIsLost_callsDontOverlap() throws Exception {
        AtomicLong inserted = new AtomicLong();
        AtomicLong executed = new AtomicLong();
        AtomicBoolean inCall = new AtomicBoolean();
        AtomicInteger overlaps = new AtomicInteger();
        Doorbell bell = new Doorbell(() -> {
            if (!inCall.compareAndSet(false, true)) {
                overlaps.incrementAndGet();
            }
            executed.set(inserted.get());
            inCall.set(false);
        });
        int threads = 4;
        int rings = 50_000;
        List<Callable<Integer>> work = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            boolean waits = t % 2 == 0;
            work.add(() -> {
                int late = 0;
                for (int i = 0; i < rings; i++) {
                    long mine = inserted.incrementAndGet();
                    if (waits && i % 16 == 0) {
                        late += bell.ringAndAwait(LONG) && executed.get() >= mine ? 0 : 1;
                    } else {
                        bell.ring();
                    }
                }
                return late;
            });
        }
        for (Future<Integer> done : others.invokeAll(work)) {
            assertThat(done.get()).isZero();
        }
        assertThat(executed).hasValue((long) threads * rings);
        assertThat(overlaps).hasValue(0);
        assertThat(bell.isBusy()).isFalse();
    }

    @Test
    void c21_aListenerThatThrows_leavesNoRingOpen_andTheRingingThreadHearsOfIt() {
        AtomicInteger calls = new AtomicInteger();
        Doorbell[] bell = new Doorbell[1];
        bell[0] = new Doorbell(() -> {
            if (calls.incrementAndGet() == 1) {
                bell[0].ring();
                throw new NoClassDefFoundError("gone");
            }
        });
        assertThatThrownBy(bell[0]::ring).isInstanceOf(NoClassDefFoundError.class);
        assertThat(calls).hasValue(2);
        assertThat(bell[0].isBusy()).isFalse();
        bell[0].ring();
        assertThat(calls).hasValue(3);
    }

    private static void awaitLatch(CountDownLatch latch) {
        await().until(() -> latch.getCount() == 0);
    }
}
