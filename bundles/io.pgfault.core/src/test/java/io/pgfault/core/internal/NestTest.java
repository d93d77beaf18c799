// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.api.nest.VtdInvalidation;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nested domains: which handlers get a fault (rule N02), invalidation (rule N03), freeing (rule C19). */
class NestTest extends CoreTest {
    private static final String HOST_KIND = "host";

    /** A unit that knows, for each address of a device, what its second stage was asked for. */
    private static class NestingDriver extends RecordingDriver {
        final Map<Long, Long> secondStage = new HashMap<>();
        final List<String> asked = new ArrayList<>();
        final List<String> invalidations = new ArrayList<>();

        @Override
        public long secondStageAddress(Device device, int pasid, long address, int permissions) {
            asked.add("%s %d %x %s".formatted(device.name(), pasid, address, Permissions.toString(permissions)));
            return secondStage.getOrDefault(address, FIRST_STAGE);
        }

        @Override
        public void invalidate(Device device, int pasid, long first, long last) {
            invalidations.add("%s %d %x-%x".formatted(device.name(), pasid, first, last));
        }

        @Override
        public void invalidate(Device device, int pasid, FirstStageInvalidation invalidation) {
            invalidations.add("%s %d %s".formatted(device.name(), pasid, invalidation));
        }
    }

    private record Nested(Domain secondStage) implements NestedTable {
        @Override
        public FirstStage firstStage() {
            return new VtdFirstStage(0, 0x1000, 48);
        }

        @Override
        public PhysicalMemory memory() {
            throw new UnsupportedOperationException("the core reads no memory");
        }
    }

    private final NestingDriver unit = new NestingDriver();
    private final Keeper client = new Keeper();
    private final Keeper host = new Keeper();
    private final Domain parent = core.allocateDomain(HOST_KIND, "memory", PageTable.EMPTY, false);
    private final Domain nested = core.allocateDomain(KIND, "guest", new Nested(parent), false);
    private Device device;
    private long hostService = 50;

    @BeforeEach
    void attachGuest() {
        register(0, client);
        registerHost(true, host);
        device = probeNested("nic0");
        core.attach(device, PASID, nested);
    }

    private Device probeNested(String name) {
        Device probed = core.probe(unit, "unit0", name, 0x100);
        queue.add(probed);
        return probed;
    }

    private void registerHost(boolean inline, FaultHandler handler) {
        core.addHandler(handler, ++hostService, 0, inline, Set.of(HOST_KIND));
    }

    private Report last(int groupId, long address) {
        return report(device, request(PageRequest.LAST_PAGE, PASID, groupId, address));
    }

    private static List<Long> addresses(FaultGroup group) {
        return IntStream.range(0, group.size()).mapToObj(group::address).toList();
    }

    @Test
    void n02_aSecondStageThatNoHandlerServes_isATrouble() {
        core.attach(device, PASID + 1, core.allocateDomain(KIND, "guest 2", new Nested(parent), false));
        assertThat(core.watch().troubles()).isEmpty();
        core.removeHandler(hostService);
        assertThat(core.watch().troubles())
                .extracting(Trouble::kind, Trouble::subject, Trouble::count)
                .containsExactly(tuple(Trouble.Kind.HANDLER_MISSING, HOST_KIND, 1L));
        assertThat(core.watch().troubles().get(0).text()).contains("memory");
    }

    @Test
    void n02_faultOfTheFirstStage_goesToTheClientWithTheDevicesAddress() {
        assertThat(last(1, 0x7000)).isEqualTo(Report.CLOSED);

        FaultGroup group = client.only();
        assertThat(group.domain()).isSameAs(nested);
        assertThat(group.secondStage()).isFalse();
        assertThat(addresses(group)).containsExactly(0x7000L);
        assertThat(unit.asked).containsExactly("nic0 7 7000 r---");
        assertThat(host.groups).isEmpty();
        assertThat(device.counters().get(Counter.SECOND_STAGE)).isZero();
    }

    @Test
    void n02_faultOfTheSecondStage_goesToItsHandlersWithItsAddress_andIsCounted() {
        unit.secondStage.put(0x7000L, 0x3000L);

        assertThat(last(1, 0x7000)).isEqualTo(Report.CLOSED);

        FaultGroup group = host.only();
        assertThat(group.domain()).isSameAs(parent);
        assertThat(group.secondStage()).isTrue();
        assertThat(group.pasid()).isEqualTo(PASID);
        assertThat(addresses(group)).containsExactly(0x3000L);
        assertThat(group.request(0).address()).isEqualTo(0x3000);
        assertThat(client.groups).isEmpty();
        PendingGroup seen = core.watch().pending().get(0);
        assertThat(seen.domain()).isEqualTo("memory");
        assertThat(seen.address()).isEqualTo(0x3000);

        assertThat(group.respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(unit.responses())
                .containsExactly(new RecordingDriver.Response("nic0", PASID, 1, 0, 0, ResponseCode.SUCCESS));
        assertCounts(
                device.counters(), Counter.REQUESTS, 1, Counter.GROUPS, 1, Counter.SUCCESS, 1, Counter.SECOND_STAGE, 1);
        assertThat(queue.counters().get(Counter.SECOND_STAGE)).isEqualTo(1);
    }

    @Test
    void n02_groupOfSecondStageFaults_goesWholeWithEachAddress() {
        for (long page = 1; page <= 9; page++) {
            unit.secondStage.put(page << 12, 0x100_0000 + (page << 12));
            report(device, request(page == 9 ? PageRequest.LAST_PAGE : 0, PASID, 3, page << 12));
        }

        assertThat(addresses(host.only()))
                .containsExactly(
                        0x100_1000L,
                        0x100_2000L,
                        0x100_3000L,
                        0x100_4000L,
                        0x100_5000L,
                        0x100_6000L,
                        0x100_7000L,
                        0x100_8000L,
                        0x100_9000L);
        assertThat(core.watch().pending().get(0).address()).isEqualTo(0x100_1000);
    }

    @Test
    void n02_mixedGroup_theClientSeesTheFaultsOfItsStageOnly() {
        unit.secondStage.put(0x2000L, 0x8000L);
        unit.secondStage.put(0x4000L, 0x9000L);
        partial(device, 5, 0x1000);
        partial(device, 5, 0x2000);
        report(
                device,
                new PageRequest(
                        PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID,
                        PASID,
                        5,
                        Permissions.WRITE,
                        0x3000));
        report(
                device,
                new PageRequest(
                        PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID | PageRequest.LAST_PAGE,
                        PASID,
                        5,
                        Permissions.READ,
                        0x4000,
                        11,
                        12));

        FaultGroup group = client.only();
        assertThat(addresses(group)).containsExactly(0x1000L, 0x3000L);
        assertThat(group.permissions(1)).isEqualTo(Permissions.WRITE);
        assertThat(group.flags(0) & PageRequest.LAST_PAGE).isZero();
        assertThat(group.flags(1) & PageRequest.LAST_PAGE).isNotZero();
        assertThat(host.groups).isEmpty();
        assertThat(device.counters().get(Counter.SECOND_STAGE)).isZero();
        group.respond(ResponseCode.SUCCESS);
        assertThat(unit.responses())
                .containsExactly(new RecordingDriver.Response("nic0", PASID, 5, 11, 12, ResponseCode.SUCCESS));
    }

    @Test
    void n02_mixedGroupOfOneFirstStageFault_isAGroupOfOne() {
        unit.secondStage.put(0x2000L, 0x8000L);
        partial(device, 5, 0x1000);
        last(5, 0x2000);
        partial(device, 6, 0x2000);
        last(6, 0x1000);

        assertThat(client.groups).extracting(FaultGroup::size).containsExactly(1, 1);
        assertThat(client.groups).extracting(group -> group.address(0)).containsExactly(0x1000L, 0x1000L);
        client.groups.forEach(group -> group.respond(ResponseCode.SUCCESS));
        // The blocks of both groups are back, and the bound of requests counts none of them.
        assertThat(core.watch().pending()).isEmpty();
    }

    @Test
    void n02_secondStageHandlerOnTheWorkers_getsTheGroupThere() throws Exception {
        Domain below = core.allocateDomain("workers", "below", PageTable.EMPTY, false);
        Keeper keeper = new Keeper();
        core.addHandler(keeper, 900, 0, false, Set.of("workers"));
        core.attach(device, PASID, core.allocateDomain(KIND, "above", new Nested(below), false));
        unit.secondStage.put(0x7000L, 0x3000L);

        assertThat(last(1, 0x7000)).isEqualTo(Report.CLOSED);

        await().until(() -> keeper.groups.size() == 1);
        assertThat(addresses(keeper.only())).containsExactly(0x3000L);
        keeper.only().respond(ResponseCode.SUCCESS);
    }

    @Test
    void n02_recalledSecondStageGroup_staysWithTheSecondStage() {
        unit.secondStage.put(0x7000L, 0x3000L);
        last(1, 0x7000);
        Keeper next = new Keeper();
        core.removeHandler(hostService);
        registerHost(true, next);
        pass(Duration.ofSeconds(2));

        await().until(() -> next.groups.size() == 1);
        assertThat(next.only().domain()).isSameAs(parent);
        assertThat(addresses(next.only())).containsExactly(0x3000L);
        assertThat(client.groups).isEmpty();
        assertThat(host.only().respond(ResponseCode.SUCCESS)).isFalse();
        assertThat(next.only().respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(unit.codes()).containsExactly(ResponseCode.SUCCESS);
    }

    @Test
    void n02_deadlineHoldsForTheSecondStage() {
        unit.secondStage.put(0x7000L, 0x3000L);
        last(1, 0x7000);
        pass(Duration.ofSeconds(11));

        assertThat(unit.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(device.counters().get(Counter.TIMED_OUT)).isEqualTo(1);
        assertThat(host.only().answered()).isTrue();
    }

    @Test
    void n02_secondStageWithoutHandler_isInvalidAndNeverTheClients() {
        core.removeHandler(hostService);
        Domain below = core.allocateDomain("unserved", "below", PageTable.EMPTY, false);
        core.attach(device, PASID, core.allocateDomain(KIND, "above", new Nested(below), false));
        unit.secondStage.put(0x7000L, 0x3000L);

        assertThat(last(1, 0x7000)).isEqualTo(Report.NO_HANDLER);

        assertThat(unit.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(client.groups).isEmpty();
    }

    @Test
    void n02_c19_detachOfTheParent_answersTheGroupsOfBothStages() {
        unit.secondStage.put(0x7000L, 0x3000L);
        last(1, 0x7000);
        last(2, 0x8000);

        core.detach(parent);

        assertThat(unit.codes()).containsExactly(ResponseCode.INVALID, ResponseCode.INVALID);
        assertThat(host.only().respond(ResponseCode.SUCCESS)).isFalse();
        assertThat(client.only().respond(ResponseCode.SUCCESS)).isFalse();
        assertThat(unit.domains()).containsExactly("attach nic0 7 guest", "detach nic0 7");
        assertThat(last(3, 0x7000)).isEqualTo(Report.NO_DOMAIN);
    }

    @Test
    void n02_c19_domainReplacedWhileTheDriverIsAsked_theGroupClosesUnderTheNewOne() {
        Domain other = domain("other");
        Device raced = core.probe(
                new NestingDriver() {
                    @Override
                    public long secondStageAddress(Device of, int pasid, long address, int permissions) {
                        // On the event thread: were the device's lock held, the thread would wait for itself.
                        core.attach(of, pasid, other);
                        return 0x3000;
                    }
                },
                "unit0",
                "raced",
                1);
        queue.add(raced);
        core.attach(raced, PASID, nested);

        assertThat(last(raced, 1)).isEqualTo(Report.CLOSED);

        assertThat(client.only().domain()).isSameAs(other);
        assertThat(client.only().address(0)).isEqualTo(0x1000);
        assertThat(raced.counters().get(Counter.SECOND_STAGE)).isZero();
    }

    @Test
    void n02_c14_partialsDiscardedWhileTheDriverIsAsked_theGroupHasItsLastRequest() {
        Device raced = core.probe(
                new NestingDriver() {
                    @Override
                    public long secondStageAddress(Device of, int pasid, long address, int permissions) {
                        queue.discardPartials();
                        return address + 0x10_0000;
                    }
                },
                "unit0",
                "raced",
                1);
        queue.add(raced);
        core.attach(raced, PASID, nested);
        partial(raced, 2, 0x1000);

        assertThat(last(raced, 2)).isEqualTo(Report.CLOSED);

        assertThat(addresses(host.only())).containsExactly(0x10_2000L);
    }

    @Test
    void n02_c21_driverThatThrows_costsTheGroupOnly() {
        Device broken = core.probe(
                new NestingDriver() {
                    @Override
                    public long secondStageAddress(Device of, int pasid, long address, int permissions) {
                        throw new NoClassDefFoundError("a bundle was refreshed");
                    }
                },
                "unit0",
                "broken",
                1);
        queue.add(broken);
        core.attach(broken, PASID, nested);

        assertThat(last(broken, 1)).isEqualTo(Report.POISONED_GROUP);
        assertThat(broken.counters().get(Counter.INVALID)).isEqualTo(1);
        assertThat(last(2, 0x7000)).isEqualTo(Report.CLOSED);
        assertThat(client.groups).hasSize(1);
        assertThat(host.groups).isEmpty();
    }

    @Test
    void n02_domainOfAWholeDevice_servesEveryPasidAtBothStages() {
        Device stream = probeNested("stream");
        core.attach(stream, Pasid.NONE, core.allocateDomain(KIND, "stream", new Nested(parent), true));
        unit.secondStage.put(0x7000L, 0x3000L);
        report(stream, request(PageRequest.LAST_PAGE, 99, 1, 0x7000));
        report(stream, request(PageRequest.LAST_PAGE, Pasid.NONE, 2, 0x8000));

        assertThat(unit.asked).containsExactly("stream 99 7000 r---", "stream -1 8000 r---");
        assertThat(host.only().pasid()).isEqualTo(99);
        assertThat(client.only().domain().name()).isEqualTo("stream");
    }

    @Test
    void n03_invalidationReachesEveryAttachmentOfTheNestedDomain() {
        Device second = probeNested("nic1");
        core.attach(second, 9, nested);
        VtdInvalidation words = new VtdInvalidation(0x4000, 2, VtdInvalidation.LEAF);

        core.invalidate(nested, words);

        assertThat(unit.invalidations).containsExactly("nic0 7 " + words, "nic1 9 " + words);
        assertThatThrownBy(() -> core.invalidate(parent, words))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("memory")
                .hasMessageContaining("no first stage");
    }

    @Test
    void s06_changeOfTheSecondStage_invalidatesTheNestedDomainsWholly() {
        Device own = probeNested("nic1");
        core.attach(own, 9, parent);

        core.invalidate(parent, 0x3000, 0x3fff);

        assertThat(unit.invalidations)
                .containsExactly(
                        "nic1 9 3000-3fff", "nic0 7 0-7fffffffffffffff", "nic0 7 8000000000000000-ffffffffffffffff");
    }

    @Test
    void c19_domainThatOthersAreNestedOn_isFreedAfterThem() {
        assertThatThrownBy(parent::free)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("memory")
                .hasMessageContaining("guest");
        core.detach(nested);
        assertThatThrownBy(parent::free).isInstanceOf(IllegalStateException.class);
        nested.free();
        nested.free();
        parent.free();

        assertThatThrownBy(() -> core.allocateDomain(KIND, "late", new Nested(parent), false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("late")
                .hasMessageContaining("freed");
    }

    @Test
    void n01_aUnitHasTwoStages() {
        assertThatThrownBy(() -> core.allocateDomain(KIND, "third", new Nested(nested), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two stages");
    }
}
