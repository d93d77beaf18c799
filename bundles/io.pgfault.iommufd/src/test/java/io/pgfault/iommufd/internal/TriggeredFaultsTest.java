// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.iommufd.internal.kernel.MockDevice;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Accesses of mock devices. */
class TriggeredFaultsTest {
    private static TriggeredFaults of(BoundDevice mock) {
        return new TriggeredFaults(
                mock.connection(), (MockDevice) mock.connection().known());
    }

    @Test
    void anAccessIsOnePageRequest_andEndsWithItsAnswer() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice mock = rig.mock("mock0")) {
            TriggeredFaults faults = of(mock);
            rig.answers = group ->
                    group.address(0) == 0x5000 && group.permissions(0) == Permissions.WRITE && group.pasid() == 4
                            ? ResponseCode.SUCCESS
                            : ResponseCode.INVALID;
            assertThat(faults.access(4, 0x5000, Permissions.WRITE)).isEqualTo(new Access(Outcome.DONE, 1));
            assertThat(faults.access(Pasid.NONE, 0x5000, Permissions.WRITE)).isEqualTo(new Access(Outcome.INVALID, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> faults.access(0, 0, Permissions.READ));
        }
    }

    @Test
    void c12_accessThatWaits_endsWhenTheDeviceGoes() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            BoundDevice mock = rig.mock("mock0");
            TriggeredFaults faults = of(mock);
            CompletableFuture<Access> access = CompletableFuture.supplyAsync(() -> waitFor(faults));
            rig.awaitHeld(1);
            mock.close();
            faults.close();
            assertThat(access.get(5, TimeUnit.SECONDS)).isEqualTo(new Access(Outcome.INVALID, 1));
            assertThat(faults.access(1, 0x1000, Permissions.READ)).isEqualTo(new Access(Outcome.DISCONNECTED, 0));
        }
    }

    @Test
    void c19_accessOfADetachedDevice_isInvalid() throws Exception {
        try (UnitRig rig = new UnitRig();
                BoundDevice mock = rig.mock("mock0")) {
            TriggeredFaults faults = of(mock);
            CompletableFuture<Access> access = CompletableFuture.supplyAsync(() -> waitFor(faults));
            rig.awaitHeld(1);
            rig.core.faults().detach(mock.device(), Pasid.NONE);
            assertThat(access.get(5, TimeUnit.SECONDS)).isEqualTo(new Access(Outcome.INVALID, 1));
            assertThat(faults.access(1, 0x1000, Permissions.READ)).isEqualTo(new Access(Outcome.INVALID, 0));
        }
    }

    private static Access waitFor(TriggeredFaults faults) {
        try {
            return faults.access(1, 0x1000, Permissions.READ);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
