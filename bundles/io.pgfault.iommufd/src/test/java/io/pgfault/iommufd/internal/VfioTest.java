// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import io.pgfault.iommufd.internal.kernel.FakeFaultQueue.Answer;
import org.junit.jupiter.api.Test;

/** A VFIO device's way: bind, page table with the fault queue, attach, detach. */
class VfioTest {
    private static final String PATH = "/dev/vfio/devices/vfio0";

    @Test
    void faultsAreServed_andClosingLeavesNothing() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            rig.kernel.vfioDevices.add(PATH);
            rig.answers = group -> ResponseCode.SUCCESS;
            int open = rig.kernel.openDescriptors();
            int objects = rig.kernel.openObjects();
            try (BoundDevice nic = new BoundDevice(
                    rig.unit,
                    rig.core.faults(),
                    null,
                    null,
                    "nic",
                    new DeviceChoice.Vfio(PATH),
                    UnitRig.KIND,
                    Pasid.NONE)) {
                rig.kernel.fault(rig.queue, UnitRig.fault(nic, 5));
                rig.awaitAnswers(1);
                assertThat(rig.answers())
                        .containsExactly(new Answer(nic.device().id(), 5, 0, true));
            }
            assertThat(rig.kernel.openDescriptors()).isEqualTo(open);
            assertThat(rig.kernel.openObjects()).isEqualTo(objects);
        }
    }
}
