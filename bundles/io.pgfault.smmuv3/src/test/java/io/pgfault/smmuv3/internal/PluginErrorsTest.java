// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.RecordingDevice.Answer;
import io.pgfault.smmuv3.internal.RecordingDevice.Resumed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Errors that plug-ins throw end no thread of the unit and cost no other device its answers: rule C21. */
@Timeout(30)
class PluginErrorsTest {
    private static final int PASID = 7;

    /** A device whose bundle has been refreshed: every call fails to find a class. */
    private static final class Stale implements Downstream {
        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            throw new NoClassDefFoundError("on purpose");
        }

        @Override
        public void resume(int transaction, boolean retry) {
            throw new NoClassDefFoundError("on purpose");
        }

        @Override
        public void invalidate(int pasid, long first, long last) {
            throw new NoClassDefFoundError("on purpose");
        }

        @Override
        public void disconnected() {
            throw new NoClassDefFoundError("on purpose");
        }
    }

    private final Fixture smmu = new Fixture();
    private final RecordingDevice healthy = new RecordingDevice();
    private Upstream stale;
    private Upstream other;

    @BeforeEach
    void connect() {
        stale = smmu.unit.connect("stale", 1, new Stale());
        other = smmu.unit.connect("healthy", 2, healthy);
        smmu.attach(stale, PASID);
        smmu.attach(other, PASID);
    }

    @AfterEach
    void close() {
        smmu.close();
    }

    private void assertOthersAreAnswered() throws InterruptedException {
        other.transact(1, PASID, Permissions.READ, 0x1000);
        other.pageRequest(PASID, 2, Permissions.READ, 0x1000, true);
        smmu.unit.drain();
        assertThat(healthy.resumed()).containsExactly(new Resumed(1, true));
        assertThat(healthy.answers()).containsExactly(new Answer(PASID, 2, Downstream.SUCCESS));
    }

    @Test
    void c21_anErrorOfADeviceThatIsResumed() throws Exception {
        stale.transact(1, PASID, Permissions.READ, 0x1000);
        smmu.unit.drain();
        assertOthersAreAnswered();
    }

    @Test
    void c21_anErrorOfADeviceThatIsAnswered() throws Exception {
        stale.pageRequest(PASID, 1, Permissions.READ, 0x1000, true);
        smmu.unit.drain();
        assertOthersAreAnswered();
    }

    @Test
    void c21_anErrorOfADeviceThatIsInvalidatedAndOfOneThatIsDisconnected() throws Exception {
        smmu.attach(stale, PASID);
        smmu.faults.detach(stale.device(), PASID);
        stale.close();
        assertOthersAreAnswered();
    }

    @Test
    void c21_anErrorOfATap() throws Exception {
        smmu.unit.tap((record, code) -> {
            throw new NoClassDefFoundError("on purpose");
        });
        assertOthersAreAnswered();
        assertThat(smmu.tapped()).hasSize(2);
    }

    @Test
    void c21_anErrorOfTheCoreCostsItsOwnGroupOnly() throws Exception {
        smmu.faults.beforeReport(() -> {
            throw new NoClassDefFoundError("on purpose");
        });
        other.transact(9, PASID, Permissions.READ, 0x1000);
        smmu.unit.drain();
        assertThat(healthy.resumed()).containsExactly(new Resumed(9, false));
        healthy.resumed().clear();
        smmu.faults.beforeReport(() -> {});
        assertOthersAreAnswered();
        assertThat(smmu.count(Counter.BAD_REQUESTS)).isZero();
    }
}
