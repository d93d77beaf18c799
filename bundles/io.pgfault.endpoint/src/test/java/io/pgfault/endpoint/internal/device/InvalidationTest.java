// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import static io.pgfault.api.Permissions.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rule S06, as far as it is the device's. */
@Timeout(60)
class InvalidationTest {
    private static final int PASID = 7;

    private final FakeUnit unit = new FakeUnit();
    private final PcieFunction function = new PcieFunction(unit, "dev0", 0x10, 16, 8);
    private final Accesses accesses = new Accesses();

    InvalidationTest() {
        unit.host = (u, r) -> u.downstream.pageGroupResponse(r.pasid(), r.number(), Downstream.INVALID_REQUEST);
    }

    @AfterEach
    void stop() {
        accesses.close();
    }

    private static long address(int page) {
        return (long) page << 12;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 40})
    void s06_invalidationDropsItsPages(int pages) throws Exception {
        for (int pasid : new int[] {PASID, PASID + 1, Pasid.NONE}) {
            for (int page = 0; page < 8; page++) {
                unit.map(pasid, address(page), READ);
                assertThat(function.access(pasid, address(page), READ)).isEqualTo(Access.HIT);
            }
        }
        int first = 2;
        for (int page = 0; page < 8; page++) {
            unit.unmap(PASID, address(page));
        }
        function.invalidate(PASID, address(first) + 5, address(first + pages - 1) + 7);
        for (int page = first; page < Math.min(8, first + pages); page++) {
            assertThat(function.access(PASID, address(page), READ).outcome()).isEqualTo(Outcome.INVALID);
        }
    }

    @Test
    void s06_wholeAddressSpaceUpToTheTop() throws Exception {
        long top = -0x1000L;
        unit.map(PASID, top, READ);
        assertThat(function.access(PASID, top, READ)).isEqualTo(Access.HIT);
        unit.unmap(PASID, top);
        function.invalidate(PASID, 0, -1);
        assertThat(function.access(PASID, top + 1, READ).outcome()).isEqualTo(Outcome.INVALID);
    }

    @Test
    void s06_invalidationWaitsForTheAccessThatUsesThePage() throws Exception {
        unit.map(PASID, 0, READ);
        function.access(PASID, 0, READ);
        CountDownLatch using = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        AtomicBoolean inUse = new AtomicBoolean();
        Future<Access> access = accesses.threads.submit(() -> function.access(PASID, 0, READ, translation -> {
            inUse.set(true);
            using.countDown();
            awaitUninterruptibly(finish);
            inUse.set(false);
        }));
        using.await();
        unit.unmap(PASID, 0);
        Future<Boolean> invalidation = accesses.threads.submit(() -> {
            function.invalidate(PASID, 0, 0xfff);
            return inUse.get();
        });
        // A new access finds no page while the old access still uses it, and the new access doesn't wait for the old
        // one.
        await().until(() -> function.access(PASID, 0, READ).outcome() == Outcome.INVALID);
        assertThat(invalidation).isNotDone();
        finish.countDown();
        assertThat(Accesses.end(access)).isEqualTo(Access.HIT);
        assertThat(invalidation.get(30, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void s06_translationAskedForBeforeAnInvalidationIsNeitherUsedNorCachedAfterIt() throws Exception {
        unit.map(PASID, 0, READ);
        AtomicBoolean once = new AtomicBoolean();
        unit.afterWalk = () -> {
            if (once.compareAndSet(false, true)) {
                unit.unmap(PASID, 0);
                function.invalidate(PASID, 0, 0xfff);
            }
        };
        assertThat(function.access(PASID, 0, READ).outcome()).isEqualTo(Outcome.INVALID);
        assertThat(function.access(PASID, 0, READ).outcome()).isEqualTo(Outcome.INVALID);
    }

    /**
     * Each page has a generation, odd while it is mapped. An access reads the generation of its page twice: an
     * invalidation that returned too early lets the owner change it in between, or while it was even already.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16})
    void s06_race_noAccessUsesAPageWhoseInvalidationHasReturned(int tlbEntries) throws Exception {
        FakeUnit raced = new FakeUnit();
        raced.host = (u, r) -> u.downstream.pageGroupResponse(r.pasid(), r.number(), Downstream.INVALID_REQUEST);
        PcieFunction device = new PcieFunction(raced, "dev0", 0x10, tlbEntries, 8);
        int pages = 4;
        AtomicLongArray generations = new AtomicLongArray(pages);
        AtomicLong stale = new AtomicLong();
        AtomicLong uses = new AtomicLong();
        AtomicBoolean stop = new AtomicBoolean();
        List<Future<?>> threads = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            int seed = t;
            threads.add(accesses.threads.submit(() -> {
                for (int i = seed; !stop.get(); i++) {
                    int page = i % pages;
                    device.access(PASID, address(page), READ, translation -> {
                        long before = generations.get(page);
                        for (int spin = 0; spin < 50; spin++) {
                            Thread.onSpinWait();
                        }
                        long after = generations.get(page);
                        if (before != after || (before & 1) == 0) {
                            stale.incrementAndGet();
                        }
                        uses.incrementAndGet();
                    });
                }
                return null;
            }));
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Boolean.getBoolean("soak") ? 20 : 1);
        for (int i = 0; System.nanoTime() - end < 0 || uses.get() < 10_000; i++) {
            int page = i % pages;
            if ((generations.get(page) & 1) == 0) {
                generations.incrementAndGet(page);
                raced.map(PASID, address(page), READ);
            } else {
                raced.unmap(PASID, address(page));
                device.invalidate(PASID, address(page), address(page) + 0xfff);
                generations.incrementAndGet(page);
            }
            // Let accesses cache what is mapped now, sometimes.
            long seen = uses.get() + (i % 7);
            for (int spin = 0; spin < 2_000 && uses.get() < seen; spin++) {
                Thread.onSpinWait();
            }
        }
        stop.set(true);
        for (Future<?> thread : threads) {
            thread.get(30, TimeUnit.SECONDS);
        }
        assertThat(stale).hasValue(0);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
