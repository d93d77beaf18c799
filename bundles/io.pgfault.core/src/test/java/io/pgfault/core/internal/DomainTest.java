// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultGroup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Looking domains up, attaching, replacing, detaching, freeing: rules C06, C19; invalidating: rule S06. */
class DomainTest extends CoreTest {
    private final Keeper keeper = new Keeper();

    @Test
    void c06_domainIsFoundByPasidOrForTheDeviceItself() {
        register(0, keeper);
        Device device = device("d");
        report(device, request(PageRequest.LAST_PAGE, PASID, 1, 0));
        report(device, request(PageRequest.LAST_PAGE, Pasid.NONE, 2, 0));

        assertThat(keeper.groups).extracting(group -> group.domain().name()).containsExactly("pasid of d", "own of d");
        assertThat(keeper.groups.get(1).pasid()).isEqualTo(Pasid.NONE);
    }

    @Test
    void c06_pasidWithoutDomainGoesToTheDevicesNestedDomainOnly() {
        register(0, keeper);
        Device device = device("d");
        assertThat(report(device, request(PageRequest.LAST_PAGE, 99, 1, 0))).isEqualTo(Report.NO_DOMAIN);

        core.attach(device, Pasid.NONE, core.allocateDomain(KIND, "guest", PageTable.EMPTY, true));
        assertThat(report(device, request(PageRequest.LAST_PAGE, 99, 2, 0))).isEqualTo(Report.CLOSED);
        report(device, request(PageRequest.LAST_PAGE, PASID, 3, 0));

        assertThat(keeper.groups).extracting(group -> group.domain().name()).containsExactly("guest", "pasid of d");
        assertThat(keeper.groups.get(0).pasid()).isEqualTo(99);
    }

    @Test
    void c06_aNestedDomainOfAnotherPasidIsNotTheDevices() {
        register(0, keeper);
        Device device = device("d");
        core.attach(device, 5, core.allocateDomain(KIND, "guest", PageTable.EMPTY, true));

        assertThat(report(device, request(PageRequest.LAST_PAGE, 99, 1, 0))).isEqualTo(Report.NO_DOMAIN);
    }

    @Test
    void c19_detachAnswersTheGroupsOfTheAttachmentAndNoOthers() {
        register(0, keeper);
        Device device = device("d");
        last(device, 1);
        report(device, request(PageRequest.LAST_PAGE, Pasid.NONE, 2, 0));

        core.detach(device, PASID);
        core.detach(device, PASID);

        assertThat(driver.responses())
                .containsExactly(new RecordingDriver.Response("d", PASID, 1, 0, 0, ResponseCode.INVALID));
        assertThat(driver.domains()).containsOnlyOnce("detach d " + PASID);
        assertThat(keeper.groups.get(0).respond(ResponseCode.SUCCESS)).isFalse();
        assertThat(keeper.groups.get(1).respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(device.counters().get(Counter.REFUSED)).isEqualTo(1);
    }

    @Test
    void c19_anOwnerTakesItsDomainBackFromWhereverItIsAttached() {
        register(0, keeper);
        Device first = device("d");
        Device second = device("e");
        Domain domain = domain("guest");
        core.attach(first, 5, domain);
        core.attach(second, 6, domain);
        report(first, request(PageRequest.LAST_PAGE, 5, 1, 0));
        report(second, request(PageRequest.LAST_PAGE, 6, 2, 0));
        last(first, 3);
        assertThat(keeper.groups).noneMatch(FaultGroup::answered);

        core.detach(domain);
        core.detach(domain);

        assertThat(driver.responses())
                .containsExactly(
                        new RecordingDriver.Response("d", 5, 1, 0, 0, ResponseCode.INVALID),
                        new RecordingDriver.Response("e", 6, 2, 0, 0, ResponseCode.INVALID));
        assertThat(keeper.groups).extracting(FaultGroup::answered).containsExactly(true, true, false);
        domain.free();
    }

    @Test
    void c19_theDriverDetachesBeforeTheGroupsAreAnswered() {
        List<String> order = new ArrayList<>();
        RecordingDriver ordered = new RecordingDriver() {
            @Override
            public void detach(Device device, int pasid) {
                order.add("detach");
            }

            @Override
            public void pageResponse(
                    Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
                order.add("response");
            }
        };
        register(0, keeper);
        Device device = core.probe(ordered, "unit0", "d", 1);
        queue.add(device);
        core.attach(device, PASID, domain("p"));
        last(device, 1);

        core.detach(device, PASID);

        assertThat(order).containsExactly("detach", "response");
    }

    @Test
    void c19_replacingAnswersTheGroupsOfTheOldAttachmentAndTheNewOneGetsWhatFollows() {
        register(0, keeper);
        Device device = device("d");
        last(device, 1);

        core.attach(device, PASID, domain("second"));

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        last(device, 2);
        assertThat(keeper.groups.get(1).domain().name()).isEqualTo("second");
        assertThat(keeper.groups.get(1).respond(ResponseCode.SUCCESS)).isTrue();
    }

    @Test
    void c19_attachThatTheDriverRefusesLeavesEverythingAsItWas() {
        RecordingDriver refusing = new RecordingDriver() {
            @Override
            public void attach(Device device, int pasid, Domain domain) {
                if (domain.name().equals("bad")) {
                    throw new IllegalArgumentException("no such table");
                }
            }
        };
        register(0, keeper);
        Device device = core.probe(refusing, "unit0", "d", 1);
        queue.add(device);
        core.attach(device, PASID, domain("good"));
        last(device, 1);
        Domain bad = domain("bad");

        assertThatThrownBy(() -> core.attach(device, PASID, bad)).hasMessage("no such table");

        assertThat(keeper.only().respond(ResponseCode.SUCCESS)).isTrue();
        last(device, 2);
        assertThat(keeper.groups.get(1).domain().name()).isEqualTo("good");
        bad.free();
    }

    @Test
    void c19_freeFailsAndNamesTheHolders() {
        register(0, keeper);
        Device device = device("nic3");
        Domain domain = domain("heap");
        core.attach(device, 42, domain);
        report(device, request(PageRequest.LAST_PAGE, 42, 1, 0));

        assertThatThrownBy(domain::free)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("heap")
                .hasMessageContaining("nic3")
                .hasMessageContaining("PASID 42")
                .hasMessageContaining("1 group");

        core.detach(device, 42);
        domain.free();
        domain.free();
        assertThatThrownBy(() -> core.attach(device, 42, domain))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("freed");
    }

    @Test
    void c19_replaceTakesNoPlaceOfAnotherDomain() {
        Device device = probe("d");
        Domain first = domain("first");
        Domain second = domain("second");
        assertThat(core.replace(device, PASID, second, first)).isFalse();
        assertThat(core.replace(device, PASID, null, first)).isTrue();
        assertThat(core.devices(first, PASID)).containsExactly(device);
        assertThat(core.devices(first, Pasid.NONE)).isEmpty();

        assertThat(core.replace(device, PASID, null, second)).isFalse();
        assertThat(core.replace(device, PASID, domain("third"), second)).isFalse();
        assertThat(core.devices(first, PASID)).containsExactly(device);
        second.free();

        Domain fourth = domain("fourth");
        assertThat(core.replace(device, PASID, first, fourth)).isTrue();
        assertThat(core.devices(first, PASID)).isEmpty();
        first.free();
        assertThat(driver.domains()).containsExactly("attach d 7 first", "attach d 7 fourth");
    }

    @Test
    void c19_releasingADeviceLetsItsDomainsGo() {
        Device device = probe("d");
        Domain domain = domain("p");
        core.attach(device, PASID, domain);

        core.release(device);
        core.release(device);

        domain.free();
        assertThatThrownBy(() -> core.attach(device, PASID, domain("q"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void s06_invalidateReachesEveryAttachmentOfTheDomain() {
        List<String> calls = new ArrayList<>();
        RecordingDriver listening = new RecordingDriver() {
            @Override
            public void invalidate(Device device, int pasid, long first, long last) {
                calls.add("%s %d %x-%x".formatted(device.name(), pasid, first, last));
            }
        };
        Domain domain = domain("p");
        core.attach(core.probe(listening, "unit0", "a", 1), 1, domain);
        core.attach(core.probe(listening, "unit0", "b", 2), 1, domain);
        core.attach(core.probe(listening, "unit0", "c", 3), 1, domain("other"));

        core.invalidate(domain, 0x1000, 0x2fff);

        assertThat(calls).containsExactlyInAnyOrder("a 1 1000-2fff", "b 1 1000-2fff");
    }

    @Test
    void pasidsBeyondTwentyBitsCantBeAttached() {
        Device device = probe("d");
        assertThatThrownBy(() -> core.attach(device, Pasid.MAX + 1, domain("p")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> core.detach(device, -2)).isInstanceOf(IllegalArgumentException.class);
    }
}
