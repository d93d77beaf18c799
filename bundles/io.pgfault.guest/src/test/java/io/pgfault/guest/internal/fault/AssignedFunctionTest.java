// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.guest.internal.fault.FakeGuestUnit.Asked;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Groups of the host's queue become requests of the guest's unit, and each answer one response record. The first group
 * is that of a guest before, which no test meets again (rule N05).
 */
@Timeout(60)
class AssignedFunctionTest {
    private static final int DEV_ID = 0x18;
    private static final int PASID = 3;
    private static final int READ = Permissions.READ;

    @TempDir
    private java.nio.file.Path folder;

    private final FakeGuestUnit unit = new FakeGuestUnit();
    private FakeHost host;
    private HostQueue queue;
    private AssignedFunction function;

    @BeforeEach
    void listen() throws Exception {
        host = new FakeHost(folder.resolve("vm0.sock"));
    }

    @AfterEach
    void close() throws Exception {
        queue.close();
        host.close();
    }

    private void connect(boolean stalls) throws Exception {
        queue = new HostQueue("dma0", folder.resolve("vm0.sock"));
        function = new AssignedFunction("dma0", stalls, queue);
        function.connected(unit, new FirstStages(unit, queue, DEV_ID, PASID, stalls));
        host.accept();
        CompletableFuture<Void> started = CompletableFuture.runAsync(() -> queue.start(function));
        host.fault(10, PASID, READ, 0x9000, true);
        assertThat(host.control()).isEqualTo("DETACH_ALL");
        assertThat(started).isNotDone();
        host.acknowledge(0);
        started.get(30, TimeUnit.SECONDS);
    }

    @Test
    void n05_aGroup_isRaisedAsItIs_andAnsweredOnce() throws Exception {
        connect(false);
        host.fault(11, PASID, READ, 0x1000, false);
        host.fault(11, PASID, Permissions.WRITE, 0x7000, true);
        Asked first = unit.next();
        Asked last = unit.next();
        assertThat(first).isEqualTo(new Asked(PASID, first.index(), READ, 0x1000, false));
        assertThat(last).isEqualTo(new Asked(PASID, first.index(), Permissions.WRITE, 0x7000, true));

        function.pageGroupResponse(PASID, first.index(), Downstream.SUCCESS);
        function.pageGroupResponse(PASID, first.index(), Downstream.INVALID_REQUEST);
        assertThat(host.response()).isEqualTo("11 0");
        assertThat(function.unexpected()).isEqualTo(1);
        assertThat(function.raised()).isEqualTo(1);
    }

    @Test
    void n05_theCodesOfTheUnit_areTheHostsCodes() throws Exception {
        connect(false);
        for (int code : new int[] {Downstream.SUCCESS, Downstream.INVALID_REQUEST, Downstream.RESPONSE_FAILURE}) {
            host.fault(20 + code, Pasid.NONE, READ, 0x1000, true);
            Asked asked = unit.next();
            assertThat(asked.pasid()).isEqualTo(Pasid.NONE);
            function.pageGroupResponse(Pasid.NONE, asked.index(), code);
            assertThat(host.response()).isEqualTo((20 + code) + (code == Downstream.SUCCESS ? " 0" : " 1"));
        }
    }

    @Test
    void n05_aTransaction_isAnsweredAtOnceOrByItsResume() throws Exception {
        connect(true);
        unit.transactions = Upstream.STALLED;
        host.fault(1, PASID, READ, 0x1000, true);
        function.resume(unit.next().index(), true);
        assertThat(host.response()).isEqualTo("1 0");
        host.fault(2, PASID, READ, 0x1000, true);
        function.resume(unit.next().index(), false);
        assertThat(host.response()).isEqualTo("2 1");
        unit.transactions = Translation.of(0x9000, READ);
        host.fault(3, PASID, READ, 0x1000, true);
        assertThat(host.response()).isEqualTo("3 0");
        unit.transactions = Translation.NONE;
        host.fault(4, PASID, READ, 0x1000, true);
        assertThat(host.response()).isEqualTo("4 1");
    }

    @Test
    void n06_withAllIndexesTaken_theNextGroupWaitsAtTheHost() throws Exception {
        connect(false);
        Set<Integer> indexes = new HashSet<>();
        for (int cookie = 0; cookie <= RaisedGroups.INDEXES; cookie++) {
            host.fault(cookie, PASID, READ, 0x1000L * cookie, true);
        }
        for (int i = 0; i < RaisedGroups.INDEXES; i++) {
            indexes.add(unit.next().index());
        }
        assertThat(indexes).hasSize(RaisedGroups.INDEXES);
        int free = indexes.iterator().next();
        function.pageGroupResponse(PASID, free, Downstream.SUCCESS);
        assertThat(unit.next().index())
                .as("the group that waited takes the free index")
                .isEqualTo(free);
    }

    @Test
    void n05_whenTheUnitGoes_whatItLeftIsInvalid() throws Exception {
        connect(false);
        host.fault(8, PASID, READ, 0x1000, true);
        host.fault(9, PASID, READ, 0x2000, true);
        unit.next();
        unit.next();
        function.disconnected();
        String first = host.response();
        assertThat(List.of(first, host.response())).containsExactlyInAnyOrder("8 1", "9 1");
    }

    @Test
    void n03_anInvalidationReturnsAfterTheHostsAcknowledgement() throws Exception {
        connect(false);
        unit.stage = new VtdFirstStage(0, 0x5000, 48);
        CompletableFuture<Void> attached =
                CompletableFuture.runAsync(() -> function.invalidate(PASID, 0, Long.MAX_VALUE));
        assertThat(host.control()).isEqualTo("ATTACH 24 3 " + unit.stage);
        assertThat(attached).isNotDone();
        host.acknowledge(0);
        assertThat(host.control()).isEqualTo("INVALIDATE 24 3 VtdInvalidation[address=0, pages=-1, flags=0]");
        host.acknowledge(0);
        attached.get(30, TimeUnit.SECONDS);

        CompletableFuture<Void> unmapped = CompletableFuture.runAsync(() -> function.invalidate(PASID, 0x3000, 0x5fff));
        assertThat(host.control()).isEqualTo("INVALIDATE 24 3 VtdInvalidation[address=12288, pages=3, flags=0]");
        assertThat(unmapped).isNotDone();
        host.acknowledge(0);
        unmapped.get(30, TimeUnit.SECONDS);

        unit.stage = null;
        CompletableFuture<Void> detached =
                CompletableFuture.runAsync(() -> function.invalidate(PASID, 0, Long.MAX_VALUE));
        assertThat(host.control()).isEqualTo("DETACH 24 3");
        host.acknowledge(0);
        detached.get(30, TimeUnit.SECONDS);
    }

    /** Of an SMMUv3 the host nests the stream, and caches the guest's context descriptors. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void n03_whenAContextDescriptorChanges_theHostForgetsIt_andAStallingDeviceHasNoAts(boolean stalls)
            throws Exception {
        connect(stalls);
        long s1dss = 2;
        unit.stream = new Smmuv3FirstStage(0x1234_000b, 1L << 28 | s1dss);
        CompletableFuture<Void> changed = CompletableFuture.runAsync(() -> function.tablesChanged(PASID));
        assertThat(host.control())
                .isEqualTo("ATTACH 24 -1 " + new Smmuv3FirstStage(0x1234_000b, stalls ? s1dss : 1L << 28 | s1dss));
        assertThat(changed).isNotDone();
        host.acknowledge(0);
        long descriptor = 0x05 | PASID << 12;
        assertThat(host.control()).isEqualTo("INVALIDATE 24 -1 " + new Smmuv3Invalidation(descriptor, 0));
        assertThat(changed).isNotDone();
        host.acknowledge(0);
        changed.get(30, TimeUnit.SECONDS);

        unit.stream = null;
        CompletableFuture<Void> gone = CompletableFuture.runAsync(() -> function.tablesChanged(Pasid.NONE));
        assertThat(host.control()).isEqualTo("DETACH 24 -1");
        host.acknowledge(0);
        gone.get(30, TimeUnit.SECONDS);
    }

    /** A device that can't be connected to its unit leaves no connection behind, which the host would call busy. */
    @Test
    void aQueueThatWasNotStarted_closesItsConnection() throws Exception {
        queue = new HostQueue("dma0", folder.resolve("vm0.sock"));
        host.accept();
        queue.close();
        assertThat(host.hasEnded()).isTrue();
    }

    @Test
    void n03_whenTheHostHasGone_anInvalidationReturns() throws Exception {
        connect(false);
        unit.stage = new VtdFirstStage(0, 0x5000, 48);
        CompletableFuture<Void> attached =
                CompletableFuture.runAsync(() -> function.invalidate(PASID, 0, Long.MAX_VALUE));
        assertThat(host.control()).startsWith("ATTACH");
        host.close();
        attached.get(30, TimeUnit.SECONDS);
    }
}
