// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.RecordingDevice.Answer;
import io.pgfault.smmuv3.internal.RecordingDevice.Resumed;
import org.junit.jupiter.api.Test;

/** The whole way of a fault: device, hardware, ring, driver, core, command, hardware, device. */
class EndToEndTest {
    private static final int PASID = 0x12345;

    @Test
    void stalledTransactionIsRetriedWhenThePageIsThere() throws Exception {
        try (Fixture smmu = new Fixture()) {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("uart0", 0x8000_0001, device);
            smmu.attach(upstream, PASID);
            smmu.faults.answers(request -> {
                smmu.map(request.address(), Permissions.READ | Permissions.WRITE);
                return ResponseCode.SUCCESS;
            });

            assertThat(upstream.transact(7, PASID, Permissions.WRITE, 0x7000_0123L))
                    .isEqualTo(Upstream.STALLED);
            smmu.unit.drain();

            assertThat(device.resumed()).containsExactly(new Resumed(7, true));
            long translation = upstream.transact(7, PASID, Permissions.WRITE, 0x7000_0123L);
            assertThat(Translation.address(translation)).isEqualTo(0x7000_0000L);
        }
    }

    @Test
    void pageRequestIsAnsweredOnTheBus() throws Exception {
        try (Fixture smmu = new Fixture()) {
            RecordingDevice device = new RecordingDevice();
            Upstream upstream = smmu.unit.connect("nic0", 0x0100, device);
            smmu.attach(upstream, PASID);

            assertThat(upstream.translate(PASID, 0x5000)).isEqualTo(Translation.NONE);
            upstream.pageRequest(PASID, 3, Permissions.READ, 0x5000, true);
            smmu.unit.drain();

            assertThat(device.answers()).containsExactly(new Answer(PASID, 3, Downstream.SUCCESS));
            smmu.map(0x5000, Permissions.READ);
            assertThat(upstream.translate(PASID, 0x5678)).isEqualTo(Translation.of(0x5000, Permissions.READ));
        }
    }
}
