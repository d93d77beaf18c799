// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.RecordingDevice.Invalidated;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connecting, attaching, translating, and what is refused. */
class UnitTest {
    private final Fixture smmu = new Fixture();
    private final RecordingDevice device = new RecordingDevice();

    @AfterEach
    void close() {
        smmu.close();
    }

    @Test
    void aStreamIdHas32BitsAndOneDevice() {
        Upstream upstream = smmu.unit.connect("dma0", 0xffff_ffff, device);

        assertThat(upstream.device().id()).isEqualTo(0xffff_ffff);
        assertThat(smmu.unit.queue().devices()).containsExactly(upstream.device());
        assertThatThrownBy(() -> smmu.unit.connect("dma1", 0xffff_ffff, device))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("0xffffffff")
                .hasMessageContaining("dma1");
        assertThat(smmu.unit.canRespond(upstream.device())).isTrue();
    }

    @Test
    void aDeviceThatCannotBeProbedLeavesNothingBehind() {
        smmu.unit.queue().close();

        assertThatThrownBy(() -> smmu.unit.connect("dma0", 5, device)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> smmu.unit.connect("dma0", 5, device)).hasMessageNotContaining("taken");
    }

    @Test
    void c06_aNestedDomainTranslatesEverySubstreamWithoutOneOfItsOwn() {
        Upstream upstream = smmu.unit.connect("dma0", 5, device);
        Domain nested = smmu.faults.allocateDomain("user", "guest", smmu.pageTable(), true);
        Domain own = smmu.faults.allocateDomain("user", "own", address -> Translation.NONE, false);
        smmu.map(0x1000, Permissions.READ);

        smmu.faults.attach(upstream.device(), Pasid.NONE, nested);
        smmu.faults.attach(upstream.device(), 8, own);

        assertThat(upstream.translate(7, 0x1000)).isEqualTo(Translation.of(0x1000, Permissions.READ));
        assertThat(upstream.translate(8, 0x1000)).isEqualTo(Translation.NONE);
    }

    @Test
    void c19_detachAndReplaceForgetWhatTheDeviceCached() {
        Upstream upstream = smmu.unit.connect("dma0", 5, device);
        smmu.map(0x1000, Permissions.READ);
        smmu.attach(upstream, 7);
        assertThat(device.invalidated()).isEmpty();
        smmu.attach(upstream, 7);
        assertThat(device.invalidated()).containsExactly(new Invalidated(7, 0, -1));
        assertThat(upstream.translate(7, 0x1000)).isNotEqualTo(Translation.NONE);

        smmu.faults.detach(upstream.device(), 7);

        assertThat(device.invalidated()).hasSize(2);
        assertThat(upstream.translate(7, 0x1000)).isEqualTo(Translation.NONE);
        smmu.unit.detach(upstream.device(), 7);
        assertThat(device.invalidated()).hasSize(2);
    }

    @Test
    void s06_invalidationReachesTheDevice() {
        Upstream upstream = smmu.unit.connect("dma0", 5, device);
        smmu.unit.invalidate(upstream.device(), 7, 0x1000, 0x2fff);
        assertThat(device.invalidated()).containsExactly(new Invalidated(7, 0x1000, 0x2fff));
    }

    @Test
    void aDeviceOfNobodyCannotBeAttached() {
        Upstream upstream = smmu.unit.connect("dma0", 5, device);
        upstream.close();
        Domain domain = smmu.faults.allocateDomain("user", "test", smmu.pageTable(), false);
        assertThatThrownBy(() -> smmu.unit.attach(upstream.device(), 7, domain))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("dma0")
                .hasMessageContaining("smmu3.7");
    }

    @Test
    void ringsAreFoundByFormat() {
        assertThat(smmu.ring("evtq").recordSize()).isEqualTo(32);
        assertThat(smmu.ring("priq").recordSize()).isEqualTo(16);
        assertThat(smmu.unit.ring("prq")).isEmpty();
        assertThat(smmu.unit.kind()).isEqualTo("smmuv3");
        assertThat(smmu.unit.name()).isEqualTo("smmu3.7");
    }

    @Test
    void aTapThatIsClosedSeesNothingMore() throws Exception {
        Upstream upstream = smmu.unit.connect("dma0", 5, device);
        int[] seen = new int[1];
        AutoCloseable tap = smmu.unit.tap((record, code) -> seen[0]++);
        upstream.pageRequest(Pasid.NONE, 1, Permissions.READ, 0x1000, true);
        smmu.unit.drain();
        tap.close();
        upstream.pageRequest(Pasid.NONE, 2, Permissions.READ, 0x1000, true);
        smmu.unit.drain();

        assertThat(seen[0]).isEqualTo(1);
        assertThat(smmu.tapped()).hasSize(2);
    }

    @Test
    void sizesAreChecked() {
        assertThatThrownBy(() -> new Sizes(0, 1, 1, 1)).hasMessageContaining("event.queue.log2");
        assertThatThrownBy(() -> new Sizes(1, 20, 1, 1)).hasMessageContaining("pri.queue.log2");
        assertThatThrownBy(() -> new Sizes(1, 1, 0, 1)).hasMessageContaining("command.queue.log2");
        assertThatThrownBy(() -> new Sizes(1, 1, 1, 65537)).hasMessageContaining("stall.max");
        assertThatThrownBy(() -> new IommuUnit(smmu.faults, " ", new Sizes(1, 1, 1, 1)))
                .hasMessageContaining("io.pgfault.unit.name");
    }
}
