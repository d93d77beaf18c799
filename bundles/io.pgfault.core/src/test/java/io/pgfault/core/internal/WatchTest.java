// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.watch.AnsweredGroups;
import io.pgfault.api.watch.DomainClient;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedAttachment;
import io.pgfault.api.watch.WatchedClient;
import io.pgfault.api.watch.WatchedHandler;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The core's watch shows an operator the devices, queues and groups of a running core. */
class WatchTest extends CoreTest {
    private final FaultWatch watch = core.watch();
    private final Keeper keeper = new Keeper();

    @Test
    void aDeviceIsSeenWithItsDomainsItsGroupsAndItsPartials() {
        register(0, keeper);
        probe("lone");
        Device device = device("d");
        core.attach(device, 9, core.allocateDomain("guests", "guest", PageTable.EMPTY, true));
        partial(device, 1, 0x1000);
        partial(device, 1, 0x2000);
        last(device, 2);

        assertThat(watch.devices()).extracting(seen -> seen.name()).containsExactly("lone", "d");
        assertThat(watch.devices().get(0).queued()).isFalse();
        var seen = watch.devices().get(1);
        assertThat(seen.unit()).isEqualTo("unit0");
        assertThat(seen.id()).isEqualTo(0x100);
        assertThat(seen.queued()).isTrue();
        assertThat(seen.attachments())
                .containsExactly(
                        new WatchedAttachment(Pasid.NONE, "own of d", KIND, false),
                        new WatchedAttachment(PASID, "pasid of d", KIND, false),
                        new WatchedAttachment(9, "guest", "guests", true));
        assertThat(seen.pendingGroups()).isEqualTo(1);
        assertThat(seen.partialRequests()).isEqualTo(2);
        assertThat(seen.counters()).isSameAs(device.counters());
    }

    @Test
    void aPendingGroupIsSeenWithItsFirstRequestItsAgeAndItsHandlerTheOldestFirst() {
        core.addHandler(keeper, "com.example/7", 7, 0, true, Set.of(KIND));
        Device young = device("young");
        Device old = device("old");
        partial(old, 1, 0xabc000);
        report(old, request(PageRequest.LAST_PAGE, PASID, 1, 0xdef000));
        clock.addAndGet(Duration.ofSeconds(3).toNanos());
        last(young, 2);
        clock.addAndGet(Duration.ofSeconds(2).toNanos());

        assertThat(watch.pending())
                .containsExactly(
                        new PendingGroup(
                                "unit0",
                                "old",
                                0x100,
                                PASID,
                                1,
                                "pasid of old",
                                2,
                                0xabc000,
                                Permissions.READ,
                                Duration.ofSeconds(5).toNanos(),
                                PendingGroup.State.HANDLER,
                                "com.example/7"),
                        new PendingGroup(
                                "unit0",
                                "young",
                                0x100,
                                PASID,
                                2,
                                "pasid of young",
                                1,
                                0x2000,
                                Permissions.READ,
                                Duration.ofSeconds(2).toNanos(),
                                PendingGroup.State.HANDLER,
                                "com.example/7"));

        keeper.groups.forEach(group -> group.respond(ResponseCode.SUCCESS));
        assertThat(watch.pending()).isEmpty();
        assertThat(watch.deadlineNanos()).isEqualTo(Duration.ofSeconds(10).toNanos());
    }

    @Test
    void answersAreCountedByTheBundleOfTheHandlerAndBoundedInNumber() {
        Device device = device("d");
        last(device, 1);
        core.addHandler(keeper, "com.example/1", 1, 0, true, Set.of(KIND));
        last(device, 2);
        keeper.groups.remove(0).respond(ResponseCode.SUCCESS);
        core.removeHandler(1);
        core.addHandler(keeper, "com.example/2", 2, 0, true, Set.of(KIND));
        last(device, 3);
        keeper.groups.remove(0).respond(ResponseCode.INVALID);
        last(device, 4);
        pass(Duration.ofSeconds(11));
        assertThat(watch.answered())
                .as("no handler, and a deadline, are answers of the core; the other two are of one bundle")
                .containsExactlyInAnyOrder(
                        new AnsweredGroups("unit0", "d", AnsweredGroups.CORE, 0, 2, 0),
                        new AnsweredGroups("unit0", "d", "com.example", 1, 1, 0));

        core.removeHandler(2);
        keeper.groups.clear();
        int bundles = AnsweredGroups.BUNDLES + 4;
        for (int i = 0; i < bundles; i++) {
            core.addHandler(keeper, "bundle" + i + "/" + (10 + i), 10 + i, 0, true, Set.of(KIND));
            last(device, 10 + i);
            keeper.groups.remove(0).respond(ResponseCode.FAILURE);
            core.removeHandler(10 + i);
        }
        assertThat(watch.answered()).hasSize(AnsweredGroups.BUNDLES + 2);
        assertThat(watch.answered()).contains(new AnsweredGroups("unit0", "d", AnsweredGroups.OTHERS, 0, 0, 5));
        assertThat(watch.answered().stream().mapToLong(AnsweredGroups::failure).sum())
                .isEqualTo(bundles)
                .isEqualTo(device.counters().get(Counter.FAILURE));
    }

    @Test
    void aParkedGroupIsSeenAsParkedAndAGroupBeingAnsweredAsThat() {
        long service = register(0, keeper);
        Device device = device("d");
        core.removeHandler(service);
        last(device, 1);
        assertThat(watch.pending()).extracting(PendingGroup::state).containsExactly(PendingGroup.State.PARKED);

        PendingGroup.State[] within = new PendingGroup.State[1];
        Device answering = core.probe(
                new RecordingDriver() {
                    @Override
                    public void pageResponse(
                            Device to, int pasid, int groupId, long private0, long private1, ResponseCode code) {
                        within[0] = watch.pending().stream()
                                .filter(group -> group.device().equals("e"))
                                .findAny()
                                .orElseThrow()
                                .state();
                    }
                },
                "unit0",
                "e",
                2);
        report(answering, request(PageRequest.LAST_PAGE, PASID, 1, 0));
        assertThat(within[0]).isEqualTo(PendingGroup.State.ANSWERING);
    }

    @Test
    void handlersAreSeenInTheOrderInWhichTheyAreAskedWithTheirCallsAndGroups() {
        core.addHandler(keeper, "last/1", 1, 0, true, Set.of(KIND));
        core.addHandler(group -> Disposition.DECLINED, "first/2", 2, 5, true, Set.of(KIND, "another"));
        Device device = device("d");
        last(device, 1);
        last(device, 2);
        keeper.groups.get(0).respond(ResponseCode.SUCCESS);

        assertThat(watch.handlers())
                .extracting(
                        WatchedHandler::kind,
                        WatchedHandler::name,
                        WatchedHandler::ranking,
                        WatchedHandler::calls,
                        WatchedHandler::heldGroups)
                .containsExactly(
                        tuple("another", "first/2", 5, 2L, 0),
                        tuple(KIND, "first/2", 5, 2L, 0),
                        tuple(KIND, "last/1", 0, 2L, 1));
        assertThat(watch.handlers()).allMatch(handler -> handler.handleNanos() > 0 && handler.inline());
    }

    @Test
    void everyCallIsCountedWhicheverThreadsMakeThem() throws InterruptedException {
        register(0, answering(ResponseCode.SUCCESS));
        Thread[] threads = new Thread[40];
        for (int i = 0; i < threads.length; i++) {
            Device device = device("d" + i);
            threads[i] = new Thread(() -> {
                for (int group = 0; group < 100; group++) {
                    last(device, group);
                }
            });
        }
        for (Thread thread : threads) {
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(watch.handlers().get(0).calls()).isEqualTo(4_000);
        assertThat(watch.pending()).isEmpty();
    }

    /** A domain's client that a test has come and go. */
    private static class Client implements DomainClient {
        long absent;

        @Override
        public String domain() {
            return "vm0";
        }

        @Override
        public long absentNanos() {
            return absent;
        }
    }

    @Test
    void aDomainWhoseClientIsGoneIsATroubleWhileTheDomainIsAttached() {
        register(0, keeper);
        Client client = new Client();
        core.clients().add(client);
        Device device = core.probe(driver, "unit0", "d", 1);
        queue.add(device);
        client.absent = Duration.ofSeconds(3).toNanos();
        assertThat(watch.clients()).containsExactly(new WatchedClient("vm0", client.absent));
        assertThat(watch.troubles()).isEmpty();

        core.attach(device, 9, domain("vm0"));
        assertThat(watch.troubles())
                .extracting(Trouble::kind, Trouble::subject, Trouble::count)
                .containsExactly(tuple(Trouble.Kind.CLIENT_GONE, "vm0", 1L));
        assertThat(watch.troubles().get(0).text()).contains("vm0", "3000 ms");
        assertThat(Trouble.Kind.CLIENT_GONE.isNow()).isTrue();

        client.absent = 0;
        assertThat(watch.troubles()).isEmpty();

        client.absent = 1;
        assertThat(watch.troubles()).hasSize(1);
        core.clients().remove(client);
        assertThat(watch.troubles()).isEmpty();
    }

    @Test
    void aClientThatThrowsHidesNoOtherTrouble() {
        core.clients().add(new Client() {
            @Override
            public long absentNanos() {
                throw new NoClassDefFoundError("on purpose");
            }
        });
        core.attach(device("d"), 9, core.allocateDomain("guests", "guest", PageTable.EMPTY, false));
        assertThat(watch.clients()).isEmpty();
        assertThat(watch.troubles()).extracting(Trouble::kind).contains(Trouble.Kind.HANDLER_MISSING);
    }

    @Test
    void whatIsWrongIsSaidAndAHealthyCoreSaysNothing() {
        register(0, keeper);
        Device device = device("d");
        last(device, 1);
        assertThat(watch.troubles()).isEmpty();

        clock.addAndGet(Duration.ofSeconds(6).toNanos());
        core.attach(device, 9, core.allocateDomain("guests", "guest", PageTable.EMPTY, false));
        assertThat(watch.troubles())
                .extracting(Trouble::kind, Trouble::subject, Trouble::count)
                .containsExactly(
                        tuple(Trouble.Kind.STUCK_GROUPS, "unit0/d", 1L),
                        tuple(Trouble.Kind.HANDLER_MISSING, "guests", 1L));
        assertThat(watch.troubles().get(1).text()).contains("guest", "there are handlers of " + KIND);

        pass(Duration.ofSeconds(5));
        core.detach(device, 9);
        for (int group = 2; group < 40; group++) {
            last(device, group);
        }
        queue.counters().add(Counter.OVERFLOWS, 2);
        assertThat(watch.troubles())
                .extracting(Trouble::kind, Trouble::subject)
                .containsExactly(
                        tuple(Trouble.Kind.DEADLINES_MISSED, "unit0/d"),
                        tuple(Trouble.Kind.BOUND_REACHED, "unit0/d"),
                        tuple(Trouble.Kind.QUEUE_OVERFLOWED, "unit0"));
    }
}
