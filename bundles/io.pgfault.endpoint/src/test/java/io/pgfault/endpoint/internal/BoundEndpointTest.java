// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import static io.pgfault.api.Permissions.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.endpoint.internal.device.Accesses;
import io.pgfault.endpoint.internal.device.FakeUnit;
import io.pgfault.endpoint.internal.device.PcieFunction;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class BoundEndpointTest {
    private static final long PAGE = 0x1000;

    private final FakeUnit unit = new FakeUnit();
    private final FakeSva sva = new FakeSva();
    private final AddressSpace space = sva.create("guest", List.of());
    private final PcieFunction function = new PcieFunction(unit, "nic0", 0x10, 16, 4);

    private BoundEndpoint bound(int pasid) {
        return new BoundEndpoint(function, sva, space, pasid) {};
    }

    @Test
    void s01_pasidIsTheBindings() {
        assertThat(bound(Pasid.NONE).pasid()).isEqualTo(FakeSva.ALLOCATED);
        assertThat(bound(5).pasid()).isEqualTo(5);
    }

    @Test
    void r06_disconnectsBeforeItUnbinds() throws Exception {
        unit.map(5, PAGE, READ);
        BoundEndpoint endpoint = bound(5);
        assertThat(endpoint.access(5, PAGE, READ)).isEqualTo(Access.HIT);
        AtomicReference<Outcome> whileUnbinding = new AtomicReference<>();
        sva.onUnbind = () -> whileUnbinding.set(access(endpoint));
        endpoint.close();
        assertThat(whileUnbinding).hasValue(Outcome.DISCONNECTED);
    }

    @Test
    void r06_aPendingAccessEndsBeforeUnbinding() throws Exception {
        try (Accesses accesses = new Accesses()) {
            CountDownLatch asked = new CountDownLatch(1);
            // Never answers: only disconnecting ends the access.
            unit.host = (fake, request) -> asked.countDown();
            BoundEndpoint endpoint = bound(5);
            Future<Access> pending = accesses.start(endpoint, 5, PAGE, READ);
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            AtomicReference<Outcome> whenUnbinding = new AtomicReference<>();
            sva.onUnbind = () -> whenUnbinding.set(end(pending).outcome());
            endpoint.close();
            assertThat(whenUnbinding).hasValue(Outcome.DISCONNECTED);
        }
    }

    @Test
    void s01_deviceThatCannotBeBoundIsDisconnectedAndNamed() {
        sva.full = true;
        assertThatThrownBy(() -> bound(Pasid.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("device nic0 can't be bound to address space guest: no PASID is left");
        assertThat(access(function)).isEqualTo(Outcome.DISCONNECTED);
    }

    @Test
    void configurationErrorsNameTheDeviceAndTheRemedy() {
        assertThatThrownBy(() -> bound(1 << 20)).hasMessageContaining("nic0").hasMessageContaining("1048575");
        assertThatThrownBy(() -> BoundEndpoint.id("nic0", null)).hasMessageContaining("device nic0: not a device id");
        assertThatThrownBy(() -> BoundEndpoint.name(PcieEndpoint.PID, " "))
                .hasMessageContaining("io.pgfault.endpoint.pcie")
                .hasMessageContaining("io.pgfault.device.name");
        assertThat(BoundEndpoint.id("nic0", "00:02.0")).isEqualTo(0x10);
    }

    private static Access end(Future<Access> access) {
        try {
            return Accesses.end(access);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Outcome access(Endpoint endpoint) {
        try {
            return endpoint.access(5, PAGE, READ).outcome();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void c21_bindingThatThrowsAnError_leavesNoConnectedDevice() {
        sva.broken = new NoClassDefFoundError("a bundle was refreshed");
        assertThatThrownBy(() -> bound(Pasid.NONE)).isInstanceOf(NoClassDefFoundError.class);
        assertThat(access(function)).isEqualTo(Outcome.DISCONNECTED);
    }
}
