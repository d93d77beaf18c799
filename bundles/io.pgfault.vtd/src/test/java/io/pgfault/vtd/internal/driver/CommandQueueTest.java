// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import static io.pgfault.vtd.internal.driver.DriverFixture.KNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.vtd.LoggedMessages;
import io.pgfault.vtd.TestThread;
import io.pgfault.vtd.internal.RecordingDevice.Response;
import io.pgfault.vtd.spec.InvalidationDescriptor;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CommandQueueTest {
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(30);

    private final DriverFixture unit = new DriverFixture();

    @Test
    void v03_badDescriptors_areReportedAndSkippedAndWorkGoesOn() {
        List<String> logged;
        try (LoggedMessages log = new LoggedMessages("io.pgfault.unit.dmar0")) {
            respond(1);
            unit.commands.submit(0xe, 0x1234, 0, 0);
            respond(2);
            unit.commands.submit(0x0310_0029L, 0, 0, 0);
            unit.commands.submit(0x0310_0009L, 1, 0, 0);
            respond(3);
            logged = log.messages();
        }
        assertThat(answered()).containsExactly(1, 2, 3);
        assertThat(unit.hardware.read32(Registers.FSTS)).isZero();
        assertThat(logged)
                .isNotEmpty()
                .first()
                .asString()
                .contains("dmar0", "invalidation queue error", "000000000000000e", "0000000000001234");
    }

    @Test
    void v03_badDescriptorsWithinABatch_areSkippedToo() {
        unit.commands.beginBatch();
        respond(1);
        unit.commands.submit(0, 0, 0, 0);
        unit.commands.submit(1, 0, 0, 0);
        respond(2);
        assertThat(answered()).isEmpty();
        unit.commands.endBatch();
        assertThat(answered()).containsExactly(1, 2);
    }

    @Test
    void batchLargerThanTheQueue_isDeliveredInOrder() {
        unit.commands.beginBatch();
        for (int i = 0; i < 1000; i++) {
            respond(i & 0x1ff);
        }
        unit.commands.endBatch();
        assertThat(answered())
                .containsExactlyElementsOf(
                        IntStream.range(0, 1000).mapToObj(i -> i & 0x1ff).toList());
    }

    @Test
    void otherThreads_takeTheBatchAlong() throws InterruptedException {
        unit.commands.beginBatch();
        respond(1);
        TestThread.start(() -> respond(2)).join();
        assertThat(answered()).containsExactly(1, 2);
        unit.commands.endBatch();
        assertThat(answered()).containsExactly(1, 2);
    }

    @Test
    void manyThreads_loseAndDoubleNothing() throws InterruptedException {
        List<TestThread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int base = t * 128;
            threads.add(TestThread.start(() -> {
                for (int i = 0; i < 2000; i++) {
                    respond(base + i % 128);
                }
            }));
        }
        threads.forEach(TestThread::join);
        assertThat(unit.known.responses).hasSize(8000);
        for (int t = 0; t < 4; t++) {
            int base = t * 128;
            assertThat(answered().stream().filter(prg -> prg / 128 == base / 128))
                    .containsExactlyElementsOf(IntStream.range(0, 2000)
                            .mapToObj(i -> base + i % 128)
                            .toList());
        }
    }

    @Test
    void responseAfterTheQueueIsGone_isDropped() {
        unit.commands.disable(LIMIT);
        for (int i = 0; i < 1000; i++) {
            respond(1);
        }
        assertThat(unit.commands.await(0, LIMIT)).isTrue();
        assertThat(unit.known.responses).isEmpty();
    }

    /** Fault B1: the thread that waits for the queue rings, and another thread leaves its response to that thread. */
    @Test
    @Timeout(60)
    void c09_aResponseThatIsLeftToAWaitingThread_isRungFor() throws Exception {
        ExecutorService others = Executors.newCachedThreadPool();
        CountDownLatch inDevice = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        unit.known.onResponse = () -> {
            inDevice.countDown();
            join(goOn);
        };
        try {
            unit.commands.beginBatch();
            respond(1);
            Future<Boolean> waiting = others.submit(() -> unit.commands.awaitExecuted(LIMIT));
            join(inDevice);
            others.submit(() -> respond(2)).get(30, TimeUnit.SECONDS);
            assertThat(answered()).containsExactly(1);
            goOn.countDown();
            assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
            await().untilAsserted(() -> assertThat(answered()).containsExactly(1, 2));
        } finally {
            goOn.countDown();
            others.shutdownNow();
        }
    }

    /** Threads that wait at the same time, again and again, all see the end of their wait. */
    @Test
    @Timeout(120)
    void v10_waitsOfManyThreads_allEnd() throws Exception {
        ExecutorService others = Executors.newCachedThreadPool();
        try {
            List<Future<Integer>> waits = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                waits.add(others.submit(() -> {
                    int lost = 0;
                    for (int i = 0; i < 5_000; i++) {
                        lost += unit.commands.await(0, LIMIT) ? 0 : 1;
                    }
                    return lost;
                }));
            }
            for (Future<Integer> wait : waits) {
                assertThat(wait.get()).isZero();
            }
        } finally {
            others.shutdownNow();
        }
    }

    /** Fault B2: threads that find the ring full insert in any order; the numbers rise, and no wait is lost. */
    @Test
    @Timeout(60)
    void v10_numbersOfWaits_riseAlongTheRing() throws Exception {
        int waiting = 8;
        ExecutorService others = Executors.newCachedThreadPool();
        CountDownLatch inDevice = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        unit.known.onResponse = () -> {
            inDevice.countDown();
            if (goOn.getCount() > 0) {
                join(goOn);
            }
        };
        try {
            others.execute(() -> respond(1));
            join(inDevice);
            // The ring has 256 places: one stays free, and the hardware has fetched one descriptor.
            for (int i = 0; i < 255; i++) {
                respond(2);
            }
            List<Thread> threads = new CopyOnWriteArrayList<>();
            List<Future<Boolean>> waits = new ArrayList<>();
            for (int t = 0; t < waiting; t++) {
                waits.add(others.submit(() -> {
                    threads.add(Thread.currentThread());
                    return unit.commands.await(0, LIMIT);
                }));
            }
            await().until(() -> threads.size() == waiting
                    && threads.stream().allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
            goOn.countDown();
            for (Future<Boolean> wait : waits) {
                assertThat(wait.get(30, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(numbersOfWaits()).hasSize(waiting).isSorted();
        } finally {
            goOn.countDown();
            others.shutdownNow();
        }
    }

    @Test
    @Timeout(60)
    void v10_aWaitThatRunsOutOfItsBound_saysSo() throws Exception {
        ExecutorService others = Executors.newCachedThreadPool();
        CountDownLatch inDevice = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        unit.known.onResponse = () -> {
            inDevice.countDown();
            join(goOn);
        };
        try {
            Future<?> stuck = others.submit(() -> respond(1));
            join(inDevice);
            assertThat(unit.commands.await(0, 1_000_000)).isFalse();
            goOn.countDown();
            stuck.get(30, TimeUnit.SECONDS);
            assertThat(unit.commands.await(0, LIMIT)).isTrue();
        } finally {
            goOn.countDown();
            others.shutdownNow();
        }
    }

    /** A device that responds to a response, and waits for its own: the ringing thread executes nested. */
    @Test
    @Timeout(60)
    void aDeviceThatSubmitsAndWaitsWithinAMessage_isServedAtOnce() {
        List<Integer> within = new ArrayList<>();
        unit.known.onResponse = () -> {
            unit.known.onResponse = () -> {};
            for (int i = 0; i < 1_000; i++) {
                respond(2);
            }
            assertThat(unit.commands.awaitExecuted(LIMIT)).isTrue();
            assertThat(unit.commands.await(0, LIMIT)).isTrue();
            within.addAll(answered());
        };
        respond(1);
        assertThat(within).hasSize(1_001);
    }

    /** The numbers of the wait descriptors in the ring, from the oldest descriptor to the newest. */
    private List<Integer> numbersOfWaits() {
        int bytes = Registers.ringBytes(1);
        ByteBuffer ring = unit.memory.at(unit.hardware.read64(Registers.IQA) & Registers.BASE, bytes);
        int tail = (int) unit.hardware.read64(Registers.IQT);
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < bytes; i += InvalidationDescriptor.SIZE) {
            long word0 = InvalidationDescriptor.word(ring, (tail + i) % bytes, 0);
            if (InvalidationDescriptor.type(word0) == WaitDescriptor.TYPE) {
                numbers.add(WaitDescriptor.statusData(word0));
            }
        }
        return numbers;
    }

    private static void join(CountDownLatch latch) {
        await().until(() -> latch.getCount() == 0);
    }

    private void respond(int prgIndex) {
        unit.responses.respond(KNOWN, Pasid.NONE, prgIndex, 0, 0, ResponseCode.SUCCESS);
    }

    private List<Integer> answered() {
        return unit.known.responses.stream().map(Response::prgIndex).toList();
    }
}
