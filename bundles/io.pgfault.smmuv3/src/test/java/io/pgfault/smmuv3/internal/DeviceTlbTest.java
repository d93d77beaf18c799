// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.RecordingDevice.Invalidated;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a device may have cached of a nested domain is invalidated when the domain serves the PASID no longer (C06, C19,
 * S06).
 */
class DeviceTlbTest {
    private static final int SERVED = 5;
    private static final int NEVER_USED = 6;

    private final Fixture smmu = new Fixture();
    private final RecordingDevice device = new RecordingDevice();
    private Upstream upstream;

    @BeforeEach
    void aNestedDomainHasServedThePasid() {
        upstream = smmu.unit.connect("nic0", 5, device);
        smmu.map(0x1000, Permissions.READ);
        smmu.faults.attach(upstream.device(), Pasid.NONE, domain(smmu.pageTable(), true));
        assertThat(upstream.translate(SERVED, 0x1000)).isEqualTo(Translation.of(0x1000, Permissions.READ));
        assertThat(device.invalidated()).isEmpty();
    }

    @AfterEach
    void close() {
        smmu.close();
    }

    private Domain domain(PageTable table, boolean nested) {
        return smmu.faults.allocateDomain("user", "guest", table, nested);
    }

    private void assertInvalidated(int... pasids) {
        List<Invalidated> expected = new ArrayList<>();
        for (int pasid : pasids) {
            expected.add(new Invalidated(pasid, 0, -1));
        }
        assertThat(device.invalidated()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void c19_detachingTheNestedDomainInvalidatesThePasidsThatItServed() {
        smmu.faults.detach(upstream.device(), Pasid.NONE);

        assertThat(upstream.translate(SERVED, 0x1000)).isEqualTo(Translation.NONE);
        assertInvalidated(Pasid.NONE, SERVED);
    }

    @Test
    void c19_aDomainOfThePasidsOwnInvalidatesWhatTheNestedDomainServed() {
        smmu.faults.attach(upstream.device(), SERVED, domain(PageTable.EMPTY, false));

        assertThat(upstream.translate(SERVED, 0x1000)).isEqualTo(Translation.NONE);
        assertInvalidated(SERVED);
    }

    @Test
    void c19_replacingTheNestedDomainInvalidatesThePasidsThatItServed() {
        smmu.faults.attach(upstream.device(), Pasid.NONE, domain(PageTable.EMPTY, true));

        assertInvalidated(Pasid.NONE, SERVED);
    }

    @Test
    void c19_aPasidThatTheDeviceNeverUsedIsNotInvalidated() {
        smmu.faults.attach(upstream.device(), NEVER_USED, domain(PageTable.EMPTY, false));

        assertThat(device.invalidated()).isEmpty();
    }

    @Test
    void s06_aRangeOfTheNestedDomainIsInvalidatedForThePasidsThatItServes() {
        smmu.unit.invalidate(upstream.device(), Pasid.NONE, 0x1000, 0x1fff);

        assertThat(device.invalidated())
                .containsExactlyInAnyOrder(
                        new Invalidated(Pasid.NONE, 0x1000, 0x1fff), new Invalidated(SERVED, 0x1000, 0x1fff));
    }

    @Test
    void c19_theDomainIsLookedUpAfterThePasidIsNoted() {
        // The page table detaches its domain while a walk is under way: the walk's result must be invalidated.
        Domain[] slow = new Domain[1];
        PageTable walkedLate = address -> {
            smmu.unit.detach(upstream.device(), Pasid.NONE);
            return Translation.of(0x1000, Permissions.READ);
        };
        slow[0] = domain(walkedLate, true);
        smmu.faults.attach(upstream.device(), Pasid.NONE, slow[0]);
        device.invalidated().clear();

        upstream.translate(NEVER_USED, 0x1000);

        assertInvalidated(Pasid.NONE, SERVED, NEVER_USED);
    }
}
