// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.endpoint.internal.device.FakeUnit.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StallingMasterTest {
    private static final int PASID = 3;
    private static final long PAGE = 0x4000_0000L;

    private final FakeUnit unit = new FakeUnit();
    private final Accesses accesses = new Accesses();

    @AfterEach
    void stop() {
        accesses.close();
    }

    private StallingMaster master(int outstanding) {
        return new StallingMaster(unit, "dev0", 0x10, outstanding);
    }

    private static void retry(FakeUnit unit, Request r) {
        unit.map(r.pasid(), r.address(), r.permissions());
        unit.downstream.resume(r.number(), true);
    }

    @Test
    void a03_mappedPageDoesNotStall() throws Exception {
        unit.map(PASID, PAGE, READ | EXEC);
        assertThat(master(4).access(PASID, PAGE + 8, EXEC)).isEqualTo(Access.HIT);
        assertThat(unit.requests).isEmpty();
    }

    @Test
    void a03_resumeWithRetryTransactsAgain() throws Exception {
        StallingMaster master = master(4);
        Future<Access> access = accesses.start(master, PASID, PAGE + 0x18, WRITE);
        await().until(() -> unit.requests.size() == 1);
        assertThat(access).isNotDone();
        assertThat(unit.requests.get(0).address()).isEqualTo(PAGE + 0x18);
        // Too little: stalls once more.
        unit.map(PASID, PAGE, READ);
        unit.downstream.resume(unit.requests.get(0).number(), true);
        await().until(() -> unit.requests.size() == 2);
        retry(unit, unit.requests.get(1));
        assertThat(Accesses.end(access)).isEqualTo(new Access(Outcome.DONE, 2));
        assertThat(master.unexpectedResumes()).isZero();
    }

    @Test
    void a03_resumeWithAbortEndsTheAccess() throws Exception {
        StallingMaster master = master(4);
        unit.host = (u, r) -> u.downstream.resume(r.number(), false);
        assertThat(master.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.INVALID, 1));
        unit.host = StallingMasterTest::retry;
        assertThat(master.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DONE, 1));
    }

    @Test
    void a02_transactionAbortedAtOnceIsInvalid() throws Exception {
        FakeUnit aborting = new FakeUnit() {
            @Override
            public long transact(int transaction, int pasid, int permissions, long address) {
                return Translation.NONE;
            }
        };
        assertThat(new StallingMaster(aborting, "dev0", 1, 4).access(PASID, PAGE, READ))
                .isEqualTo(new Access(Outcome.INVALID, 0));
    }

    @Test
    void a03_resumeFromAnotherThreadBeforeTransactReturns() throws Exception {
        unit.host = (u, r) -> {
            CountDownLatch resumed = new CountDownLatch(1);
            accesses.threads.execute(() -> {
                retry(u, r);
                resumed.countDown();
            });
            try {
                resumed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        assertThat(master(4).access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DONE, 1));
    }

    @Test
    void a03_race_resumeAroundTheReturnOfTransactIsNeverLost() throws Exception {
        StallingMaster master = master(8);
        unit.host = (u, r) -> accesses.threads.execute(() -> retry(u, r));
        List<Future<Access>> all = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            long base = PAGE + ((long) t << 32);
            all.add(accesses.threads.submit(() -> {
                for (int i = 0; i < 3_000; i++) {
                    Access access = master.access(PASID, base + ((long) i << 12), READ);
                    if (!access.equals(new Access(Outcome.DONE, 1))) {
                        return access;
                    }
                }
                return Access.HIT;
            }));
        }
        for (Future<Access> each : all) {
            assertThat(Accesses.end(each)).isEqualTo(Access.HIT);
        }
        assertThat(master.unexpectedResumes()).isZero();
    }

    @Test
    void a05_outstandingBoundIsKeptAndNoNumberIsReusedWhileStalled() throws Exception {
        int bound = 2;
        Set<Integer> out = ConcurrentHashMap.newKeySet();
        AtomicBoolean wrong = new AtomicBoolean();
        unit.host = (u, r) -> {
            wrong.compareAndSet(false, !out.add(r.number()) || out.size() > bound);
            accesses.threads.execute(() -> {
                out.remove(r.number());
                retry(u, r);
            });
        };
        StallingMaster master = master(bound);
        List<Future<Access>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(accesses.start(master, PASID, PAGE + i * 0x1000L, READ));
        }
        for (Future<Access> each : all) {
            assertThat(Accesses.end(each)).isEqualTo(new Access(Outcome.DONE, 1));
        }
        assertThat(wrong).isFalse();
    }

    @Test
    void c09_secondResumeIsCountedAsUnexpected() throws Exception {
        StallingMaster master = master(4);
        unit.host = (u, r) -> {
            retry(u, r);
            retry(u, r);
        };
        assertThat(master.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DONE, 1));
        master.pageGroupResponse(PASID, 1, Downstream.SUCCESS);
        assertThat(master.unexpectedResumes()).isEqualTo(2);
    }

    @Test
    void a09_disconnectEndsStalledAndWaitingAccesses() throws Exception {
        StallingMaster master = master(2);
        List<Future<Access>> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(accesses.start(master, PASID, PAGE + i * 0x1000L, READ));
        }
        await().until(() -> unit.requests.size() == 2);
        master.disconnect();
        for (Future<Access> each : all) {
            assertThat(Accesses.end(each).outcome()).isEqualTo(Outcome.DISCONNECTED);
        }
        assertThat(master.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DISCONNECTED, 0));
    }

    @Test
    void s06_translationFromBeforeAnInvalidationIsNotUsedAfterIt() throws Exception {
        StallingMaster master = master(4);
        unit.map(PASID, PAGE, READ);
        unit.host = (u, r) -> u.downstream.resume(r.number(), false);
        AtomicBoolean once = new AtomicBoolean();
        AtomicBoolean used = new AtomicBoolean();
        unit.afterWalk = () -> {
            if (once.compareAndSet(false, true)) {
                unit.unmap(PASID, PAGE);
                master.invalidate(PASID, PAGE, PAGE + 0xfff);
            }
        };
        assertThat(master.access(PASID, PAGE, READ, translation -> used.set(true)))
                .isEqualTo(new Access(Outcome.INVALID, 1));
        assertThat(used).isFalse();
    }

    @Test
    void s06_invalidationWaitsForTheAccessThatUsesThePage() throws Exception {
        StallingMaster master = master(4);
        unit.map(PASID, PAGE, READ);
        CountDownLatch using = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        AtomicBoolean inUse = new AtomicBoolean();
        Future<Access> access = accesses.threads.submit(() -> master.access(PASID, PAGE, READ, translation -> {
            inUse.set(true);
            using.countDown();
            try {
                finish.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            inUse.set(false);
        }));
        using.await();
        Future<Boolean> invalidation = accesses.threads.submit(() -> {
            master.invalidate(PASID, PAGE, PAGE + 0xfff);
            return inUse.get();
        });
        finish.countDown();
        assertThat(invalidation.get(30, TimeUnit.SECONDS)).isFalse();
        assertThat(Accesses.end(access)).isEqualTo(Access.HIT);
    }

    @Test
    void accessWithoutPermissionsIsRefused() {
        assertThatThrownBy(() -> master(4).access(PASID, PAGE, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
