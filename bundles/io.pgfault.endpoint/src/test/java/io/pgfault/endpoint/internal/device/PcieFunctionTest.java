// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static io.pgfault.api.bus.Downstream.INVALID_REQUEST;
import static io.pgfault.api.bus.Downstream.RESPONSE_FAILURE;
import static io.pgfault.api.bus.Downstream.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.endpoint.internal.device.FakeUnit.Request;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PcieFunctionTest {
    private static final int PASID = 7;
    private static final long PAGE = 0x7f00_1234_5000L;

    private final FakeUnit unit = new FakeUnit();
    private final Accesses accesses = new Accesses();

    @AfterEach
    void stop() {
        accesses.close();
    }

    private PcieFunction function(int tlbEntries, int outstanding) {
        return new PcieFunction(unit, "dev0", 0x10, tlbEntries, outstanding);
    }

    private void respond(Request request, int code) {
        unit.downstream.pageGroupResponse(request.pasid(), request.number(), code);
    }

    private static void grant(FakeUnit unit, Request r) {
        unit.map(r.pasid(), r.address(), r.permissions());
        unit.downstream.pageGroupResponse(r.pasid(), r.number(), SUCCESS);
    }

    @Test
    void ats_mappedPageNeedsNoRequest() throws Exception {
        unit.map(PASID, PAGE, READ);
        assertThat(function(16, 4).access(PASID, PAGE + 0xfff, READ)).isEqualTo(Access.HIT);
        assertThat(unit.requests).isEmpty();
    }

    @Test
    void pri_requestAsksForExactlyTheAccessAsGroupOfOne() throws Exception {
        unit.host = PcieFunctionTest::grant;
        PcieFunction function = function(16, 4);
        assertThat(function.access(PASID, PAGE + 0x123, READ | WRITE)).isEqualTo(new Access(Outcome.DONE, 1));
        assertThat(function.access(Pasid.NONE, PAGE + 0x123, READ)).isEqualTo(new Access(Outcome.DONE, 1));
        assertThat(unit.requests)
                .extracting(Request::pasid, Request::permissions, Request::address, Request::last)
                .containsExactly(tuple(PASID, READ | WRITE, PAGE, true), tuple(Pasid.NONE, READ, PAGE, true));
        assertThat(function.pageRequests()).isEqualTo(2);
        assertThat(function.unexpectedResponses()).isZero();
    }

    @Test
    void pri_permissionMissingInCachedTranslationIsRequested() throws Exception {
        unit.map(PASID, PAGE, READ);
        unit.host = PcieFunctionTest::grant;
        PcieFunction function = function(16, 4);
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(Access.HIT);
        assertThat(function.access(PASID, PAGE, READ | WRITE)).isEqualTo(new Access(Outcome.DONE, 1));
        assertThat(function.access(PASID, PAGE, WRITE)).isEqualTo(Access.HIT);
    }

    @Test
    void v02_successWithoutThePageIsRetriedUntilItIsThere() throws Exception {
        unit.host = (u, r) -> {
            if (u.requests.size() == 5) {
                grant(u, r);
            } else {
                u.downstream.pageGroupResponse(r.pasid(), r.number(), SUCCESS);
            }
        };
        assertThat(function(16, 4).access(PASID, PAGE, WRITE)).isEqualTo(new Access(Outcome.DONE, 5));
    }

    @Test
    void v02_successWithoutThePageIsNotAskedForInARush() throws Exception {
        long end = System.nanoTime() + 100_000_000;
        unit.host = (u, r) -> {
            if (System.nanoTime() - end >= 0) {
                grant(u, r);
            } else {
                u.downstream.pageGroupResponse(r.pasid(), r.number(), SUCCESS);
            }
        };
        Access access = function(16, 4).access(PASID, PAGE, WRITE);
        assertThat(access.outcome()).isEqualTo(Outcome.DONE);
        // A pause grows to 200 us within forty requests.
        assertThat(access.requests()).isLessThan(40 + 500 + 1);
    }

    @Test
    void pri_responseFromAnotherThreadLater() throws Exception {
        PcieFunction function = function(16, 4);
        Future<Access> access = accesses.start(function, PASID, PAGE, READ);
        await().until(() -> unit.requests.size() == 1);
        assertThat(access).isNotDone();
        grant(unit, unit.requests.get(0));
        assertThat(Accesses.end(access)).isEqualTo(new Access(Outcome.DONE, 1));
    }

    @Test
    void pri_invalidRequestEndsThisAccessOnly() throws Exception {
        unit.host = (u, r) -> respond(r, INVALID_REQUEST);
        PcieFunction function = function(16, 4);
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.INVALID, 1));
        unit.host = PcieFunctionTest::grant;
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DONE, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {RESPONSE_FAILURE, 0b0010, 0b1110})
    void pri_responseFailureAndUnusedCodesDisablePriUntilReset(int code) throws Exception {
        unit.host = (u, r) -> respond(r, code);
        PcieFunction function = function(16, 4);
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.FAILED, 1));
        unit.host = PcieFunctionTest::grant;
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.FAILED, 0));
        assertThat(unit.requests).hasSize(1);
        function.reset();
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DONE, 1));
    }

    @Test
    void pri_accessThatWaitedForRoomWhilePriWasDisabledFails() throws Exception {
        PcieFunction function = function(16, 1);
        Future<Access> first = accesses.start(function, PASID, PAGE, READ);
        await().until(() -> unit.requests.size() == 1);
        Future<Access> second = accesses.start(function, PASID, PAGE + 0x1000, READ);
        respond(unit.requests.get(0), RESPONSE_FAILURE);
        assertThat(Accesses.end(first)).isEqualTo(new Access(Outcome.FAILED, 1));
        // The second may have asked before the first had noticed the failure.
        await().until(() -> second.isDone() || unit.requests.size() == 2);
        if (!second.isDone()) {
            respond(unit.requests.get(1), RESPONSE_FAILURE);
        }
        assertThat(Accesses.end(second).outcome()).isEqualTo(Outcome.FAILED);
    }

    @Test
    void pri_outstandingBoundIsKeptAndNoIndexIsReusedWhileOut() throws Exception {
        int bound = 3;
        Set<Integer> out = ConcurrentHashMap.newKeySet();
        AtomicBoolean reused = new AtomicBoolean();
        AtomicBoolean exceeded = new AtomicBoolean();
        unit.host = (u, r) -> {
            reused.compareAndSet(false, !out.add(r.number()));
            exceeded.compareAndSet(false, out.size() > bound);
            accesses.threads.execute(() -> {
                out.remove(r.number());
                grant(u, r);
            });
        };
        PcieFunction function = function(16, bound);
        List<Future<Access>> all = new ArrayList<>();
        for (int t = 0; t < 12; t++) {
            long base = PAGE + ((long) t << 32);
            all.add(accesses.threads.submit(() -> {
                for (int i = 0; i < 300; i++) {
                    Access access = function.access(PASID, base + ((long) i << 12), WRITE);
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
        assertThat(reused).isFalse();
        assertThat(exceeded).isFalse();
        assertThat(unit.requests).hasSize(12 * 300).allMatch(r -> r.number() >= 0 && r.number() < 512);
        assertThat(function.unexpectedResponses()).isZero();
    }

    @Test
    void pri_furtherAccessesWaitForRoom() throws Exception {
        PcieFunction function = function(16, 2);
        List<Future<Access>> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(accesses.start(function, PASID, PAGE + i * 0x1000L, READ));
        }
        for (int i = 0; i < 5; i++) {
            int answered = i;
            await().until(() -> unit.requests.size() >= Math.min(5, answered + 2));
            assertThat(unit.requests).hasSizeLessThanOrEqualTo(answered + 2);
            grant(unit, unit.requests.get(i));
        }
        for (Future<Access> each : all) {
            assertThat(Accesses.end(each)).isEqualTo(new Access(Outcome.DONE, 1));
        }
    }

    @Test
    void pri_all512IndexesCanBeOut() throws Exception {
        PcieFunction function = function(16, 512);
        List<Future<Access>> all = new ArrayList<>();
        for (int i = 0; i < 512; i++) {
            all.add(accesses.start(function, PASID, PAGE + i * 0x1000L, READ));
        }
        await().until(() -> unit.requests.size() == 512);
        assertThat(new HashSet<>(unit.requests.stream().map(Request::number).toList()))
                .hasSize(512);
        unit.close();
        for (Future<Access> each : all) {
            assertThat(Accesses.end(each)).isEqualTo(new Access(Outcome.DISCONNECTED, 1));
        }
    }

    @Test
    void c09_secondResponseIsCountedAsUnexpected() throws Exception {
        unit.host = (u, r) -> {
            grant(u, r);
            grant(u, r);
        };
        PcieFunction function = function(16, 4);
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DONE, 1));
        assertThat(function.unexpectedResponses()).isEqualTo(1);
        respond(unit.requests.get(0), RESPONSE_FAILURE);
        function.pageGroupResponse(PASID, 511, SUCCESS);
        function.pageGroupResponse(PASID, 512, SUCCESS);
        function.pageGroupResponse(PASID, -1, SUCCESS);
        function.resume(0, true);
        assertThat(function.unexpectedResponses()).isEqualTo(6);
        // A Response Failure without an outstanding request disables nothing.
        assertThat(function.access(PASID, PAGE + 0x1000, READ).outcome()).isEqualTo(Outcome.DONE);
    }

    @Test
    void c10_responseWithAnotherPasidIsUnexpected() throws Exception {
        PcieFunction function = function(16, 4);
        Future<Access> access = accesses.start(function, PASID, PAGE, READ);
        await().until(() -> unit.requests.size() == 1);
        int index = unit.requests.get(0).number();
        function.pageGroupResponse(Pasid.NONE, index, INVALID_REQUEST);
        function.pageGroupResponse(PASID + 1, index, INVALID_REQUEST);
        assertThat(function.unexpectedResponses()).isEqualTo(2);
        grant(unit, unit.requests.get(0));
        assertThat(Accesses.end(access).outcome()).isEqualTo(Outcome.DONE);
    }

    @Test
    void r06_disconnectEndsWaitersForResponsesAndForRoomAndLaterAccesses() throws Exception {
        unit.map(PASID, PAGE, READ);
        PcieFunction function = function(16, 2);
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(Access.HIT);
        List<Future<Access>> all = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            all.add(accesses.start(function, PASID, PAGE + i * 0x1000L, READ));
        }
        await().until(() -> unit.requests.size() == 2);
        function.disconnect();
        for (Future<Access> each : all) {
            assertThat(Accesses.end(each).outcome()).isEqualTo(Outcome.DISCONNECTED);
        }
        assertThat(unit.requests).hasSize(2);
        assertThat(function.access(PASID, PAGE, READ).outcome()).isEqualTo(Outcome.DISCONNECTED);
    }

    @Test
    void pri_interruptedAccessLeavesItsIndexToTheResponse() throws Exception {
        PcieFunction function = function(16, 1);
        Future<Access> interrupted = accesses.start(function, PASID, PAGE, READ);
        await().until(() -> unit.requests.size() == 1);
        interrupted.cancel(true);
        Future<Access> waiting = accesses.start(function, PASID, PAGE + 0x1000, READ);
        assertThat(waiting).isNotDone();
        grant(unit, unit.requests.get(0));
        await().until(() -> unit.requests.size() == 2);
        grant(unit, unit.requests.get(1));
        assertThat(Accesses.end(waiting)).isEqualTo(new Access(Outcome.DONE, 1));
        assertThat(function.unexpectedResponses()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void ats_tinyTlbEvictsAndStaysRight(int entries) throws Exception {
        PcieFunction function = function(entries, 4);
        for (int i = 0; i < 64; i++) {
            unit.map(i % 3, PAGE + i * 0x1000L, i % 2 == 0 ? READ : READ | WRITE);
        }
        unit.host = (u, r) -> respond(r, INVALID_REQUEST);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 64; i++) {
                for (int pasid = 0; pasid < 3; pasid++) {
                    Outcome read =
                            function.access(pasid, PAGE + i * 0x1000L, READ).outcome();
                    Outcome write =
                            function.access(pasid, PAGE + i * 0x1000L, WRITE).outcome();
                    assertThat(read).isEqualTo(pasid == i % 3 ? Outcome.DONE : Outcome.INVALID);
                    assertThat(write).isEqualTo(pasid == i % 3 && i % 2 == 1 ? Outcome.DONE : Outcome.INVALID);
                }
            }
        }
    }

    @Test
    void accessThatWouldBeAStopMarkerIsRefused() {
        PcieFunction function = function(16, 4);
        assertThatThrownBy(() -> function.access(PASID, PAGE, EXEC)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> function.access(PASID, PAGE, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> function.access(1 << 20, PAGE, READ)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void wrongNumbersAndTakenIdsAreNamed() {
        assertThatThrownBy(() -> function(24, 4)).hasMessageContaining("power of two");
        assertThatThrownBy(() -> function(16, 0)).hasMessageContaining("1 to 512");
        assertThatThrownBy(() -> function(16, 513)).hasMessageContaining("1 to 512");
        function(16, 4);
        assertThatThrownBy(() -> function(16, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("dev0")
                .hasMessageContaining("fake0")
                .hasMessageContaining("00:02.0")
                .hasMessageContaining("taken");
    }
}
