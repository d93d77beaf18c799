// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Partials, closing, and what a handler sees of a group: rules C03, C04, C05, C07, C10, C17. */
class PartialsAndGroupsTest extends CoreTest {
    private final Keeper keeper = new Keeper();

    @Test
    void c03_requestThatIsNotLastIsKeptAndNotAnswered() {
        register(0, keeper);
        Device device = device("d");

        assertThat(partial(device, 1, 0x1000)).isEqualTo(Report.PARTIAL);

        assertThat(keeper.groups).isEmpty();
        assertThat(driver.responses()).isEmpty();
        assertCounts(device.counters(), Counter.REQUESTS, 1);
    }

    @Test
    void c04_lastRequestClosesItsGroupWithAllRequestsInOrderOfArrival() {
        register(0, keeper);
        Device device = device("d");
        List<PageRequest> requests = IntStream.range(0, 10)
                .mapToObj(i -> new PageRequest(
                        PageRequest.PASID_VALID
                                | PageRequest.RESPONSE_NEEDS_PASID
                                | (i == 9 ? PageRequest.LAST_PAGE : 0),
                        PASID,
                        3,
                        i % 2 == 0 ? Permissions.READ : Permissions.WRITE | Permissions.PRIV,
                        0xffff_8000_0000_0000L + i * 4096L,
                        ~i,
                        i))
                .toList();

        requests.forEach(request -> report(device, request));

        FaultGroup group = keeper.only();
        assertThat(group.size()).isEqualTo(10);
        assertThat(group.id()).isEqualTo(3);
        assertThat(group.pasid()).isEqualTo(PASID);
        assertThat(group.device()).isSameAs(device);
        assertThat(IntStream.range(0, 10).mapToObj(group::request)).isEqualTo(requests);
        assertThat(IntStream.range(0, 10).mapToLong(group::address).toArray())
                .isEqualTo(requests.stream().mapToLong(PageRequest::address).toArray());
        assertThat(IntStream.range(0, 10).map(group::permissions).toArray())
                .isEqualTo(requests.stream().mapToInt(PageRequest::permissions).toArray());
        assertThat(IntStream.range(0, 10).map(group::flags).toArray())
                .isEqualTo(requests.stream().mapToInt(PageRequest::flags).toArray());
        assertThatThrownBy(() -> group.address(10)).isInstanceOf(IndexOutOfBoundsException.class);
        assertCounts(device.counters(), Counter.REQUESTS, 10, Counter.GROUPS, 1);
    }

    @Test
    void c04_groupIsPendingBeforeTheHandlerSeesIt() {
        List<Boolean> counted = new ArrayList<>();
        register(0, group -> {
            counted.add(group.respond(ResponseCode.SUCCESS));
            return Disposition.TAKEN;
        });

        assertThat(last(device("d"), 1)).isEqualTo(Report.CLOSED);

        assertThat(counted).containsExactly(true);
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
    }

    @Test
    void c05_groupsOfOnePasidAreNotClosedByAnother() {
        register(0, keeper);
        Device device = device("d");
        core.attach(device, 8, domain("other"));
        partial(device, 1, 0x1000);

        report(device, request(PageRequest.LAST_PAGE, 8, 1, 0x2000));
        assertThat(keeper.only().size()).isEqualTo(1);

        report(device, request(PageRequest.LAST_PAGE, PASID, 1, 0x3000));
        assertThat(keeper.groups.get(1).size()).isEqualTo(2);
    }

    @Test
    void c05_withoutResponseNeedsPasidTheGroupIdAloneIsTheKey() {
        register(0, keeper);
        Device device = device("d");
        report(device, new PageRequest(PageRequest.PASID_VALID, PASID, 1, Permissions.READ, 0x1000));
        report(device, new PageRequest(0, 0, 1, Permissions.READ, 0x2000));

        report(
                device,
                new PageRequest(PageRequest.PASID_VALID | PageRequest.LAST_PAGE, PASID, 1, Permissions.READ, 0x3000));

        assertThat(keeper.only().size()).isEqualTo(3);
        assertThat(keeper.only().request(0).pasid()).isEqualTo(PASID);
        assertThat(keeper.only().request(1).pasidValid()).isFalse();
    }

    @Test
    void c10_responseCarriesThePasidOnlyIfTheRequestNeedsIt() {
        register(0, answering(ResponseCode.SUCCESS));
        Device device = device("d");

        report(device, request(PageRequest.LAST_PAGE, PASID, 1, 0));
        report(device, new PageRequest(PageRequest.PASID_VALID | PageRequest.LAST_PAGE, PASID, 2, 0, 0, 11, 12));
        report(device, request(PageRequest.LAST_PAGE, Pasid.NONE, 3, 0));

        assertThat(driver.responses())
                .containsExactly(
                        new RecordingDriver.Response("d", PASID, 1, 0, 0, ResponseCode.SUCCESS),
                        new RecordingDriver.Response("d", Pasid.NONE, 2, 11, 12, ResponseCode.SUCCESS),
                        new RecordingDriver.Response("d", Pasid.NONE, 3, 0, 0, ResponseCode.SUCCESS));
    }

    @Test
    void c17_interleavedGroupsKeepTheirOwnOrder() {
        register(0, keeper);
        Device device = device("d");
        for (int i = 0; i < 5; i++) {
            partial(device, 1, 0x1000 + i * 4096);
            partial(device, 2, 0x10_0000 + i * 4096);
        }
        last(device, 2);
        last(device, 1);

        assertThat(keeper.groups).extracting(FaultGroup::id).containsExactly(2, 1);
        assertThat(IntStream.range(0, 5)
                        .mapToLong(keeper.groups.get(0)::address)
                        .toArray())
                .isEqualTo(IntStream.range(0, 5)
                        .mapToLong(i -> 0x10_0000 + i * 4096)
                        .toArray());
        assertThat(IntStream.range(0, 5)
                        .mapToLong(keeper.groups.get(1)::address)
                        .toArray())
                .isEqualTo(
                        IntStream.range(0, 5).mapToLong(i -> 0x1000 + i * 4096).toArray());
    }

    @Test
    void c09_requestsOfAnAnsweredGroupCantBeRead() {
        register(0, keeper);
        Device device = device("d");
        partial(device, 1, 0x1000);
        last(device, 1);
        FaultGroup group = keeper.only();
        group.respond(ResponseCode.SUCCESS);

        assertThatThrownBy(() -> group.address(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> group.address(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> group.request(0)).isInstanceOf(IllegalStateException.class);
        assertThat(group.size()).isEqualTo(2);
        assertThat(group.device()).isSameAs(device);
        assertThat(group.domain().kind()).isEqualTo(KIND);
    }

    @Test
    void c07_noHandler_answersInvalidAtLast() {
        Device device = device("d");

        assertThat(partial(device, 1, 0)).isEqualTo(Report.POISONED);
        assertThat(driver.responses()).isEmpty();
        assertThat(last(device, 2)).isEqualTo(Report.NO_HANDLER);

        assertThat(driver.responses())
                .containsExactly(new RecordingDriver.Response("d", PASID, 2, 0, 0, ResponseCode.INVALID));
        assertCounts(device.counters(), Counter.REQUESTS, 2, Counter.GROUPS, 1, Counter.INVALID, 1);
    }

    @Test
    void c07_noDomain_answersInvalidAtLast() {
        register(0, keeper);
        Device device = device("d");
        core.detach(device, PASID);

        assertThat(last(device, 2)).isEqualTo(Report.NO_DOMAIN);

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
    }

    @Test
    void c07_noQueue_answersInvalidAtLast() {
        register(0, keeper);
        Device device = device("d");
        queue.remove(device);

        assertThat(last(device, 2)).isEqualTo(Report.NO_QUEUE);

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
    }

    @Test
    void c07_poisonIsRememberedAlthoughAHandlerAppearsBeforeTheLastRequest() {
        Device device = device("d");
        partial(device, 1, 0);
        register(0, keeper);

        assertThat(partial(device, 1, 0)).isEqualTo(Report.POISONED);
        assertThat(last(device, 1)).isEqualTo(Report.POISONED_GROUP);
        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(keeper.groups).isEmpty();

        assertThat(last(device, 1)).as("the poison is used up").isEqualTo(Report.CLOSED);
    }

    @Test
    void c07_poisonOfADeviceInNoQueueIsRemembered() {
        register(0, keeper);
        Device device = device("d");
        queue.remove(device);
        assertThat(partial(device, 1, 0)).isEqualTo(Report.POISONED);
        queue.add(device);

        assertThat(last(device, 1)).isEqualTo(Report.POISONED_GROUP);
    }

    @Test
    void v05_rejectedRequestPoisonsItsGroup() {
        register(0, keeper);
        Device device = device("d");
        partial(device, 1, 0);
        reject(device, 0, 1);

        assertThat(driver.responses()).isEmpty();
        assertThat(last(device, 1)).isEqualTo(Report.POISONED_GROUP);

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertCounts(
                device.counters(),
                Counter.REQUESTS,
                2,
                Counter.GROUPS,
                1,
                Counter.INVALID,
                1,
                Counter.BAD_REQUESTS,
                1,
                Counter.DROPPED_PARTIALS,
                1);
    }

    @Test
    void v05_rejectedLastRequestDropsItsGroupAndIsAnsweredInvalid() {
        register(0, keeper);
        Device device = device("d");
        partial(device, 1, 0);
        core.reject(device, request(PageRequest.LAST_PAGE, PASID, 1, 0).flags(), PASID, 1, 21, 22);

        assertThat(driver.responses())
                .containsExactly(new RecordingDriver.Response("d", PASID, 1, 21, 22, ResponseCode.INVALID));
        assertCounts(
                device.counters(),
                Counter.REQUESTS,
                1,
                Counter.INVALID,
                1,
                Counter.BAD_REQUESTS,
                1,
                Counter.DROPPED_PARTIALS,
                1);

        last(device, 1);
        assertThat(keeper.only().size()).as("nothing is left of the old group").isEqualTo(1);
    }
}
