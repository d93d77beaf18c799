// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import io.pgfault.iommufd.internal.kernel.Errno;
import io.pgfault.iommufd.internal.kernel.FakeKernel;
import io.pgfault.iommufd.internal.kernel.Iommufd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hosts that can't do it: one line says which, and what would help; nothing stays open. */
class ObstacleTest {
    @ParameterizedTest
    @CsvSource({
        "open /dev/iommu,   2, there is no /dev/iommu,          modprobe iommufd",
        "open /dev/iommu,  13, no permission to open /dev/iommu, run as root",
        "open /dev/iommu,   1, no permission to open /dev/iommu, run as root",
        "ioctl 3b8e,       25, /dev/iommu has no fault queues,  Linux 6.11 or later",
        "ioctl 3b8e,       95, /dev/iommu has no fault queues,  Linux 6.11 or later",
    })
    void hostWithoutFaultQueues(String call, int errno, String which, String remedy) {
        FakeKernel kernel = new FakeKernel();
        kernel.failures.put(call, errno);
        assertThatIllegalStateException()
                .isThrownBy(() -> IommufdUnit.open(kernel, Iommufd.PATH, -1, null))
                .withMessageContainingAll(which, remedy)
                .withMessageNotContaining("\n");
        assertThat(kernel.openDescriptors()).isZero();
    }

    @Test
    void kernelWithoutMockDevices() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            rig.kernel.failures.put("ioctl 3ba0", Errno.ENOTTY);
            assertThatIllegalStateException()
                    .isThrownBy(() -> rig.unit.connect("mock0", new DeviceChoice.Mock()))
                    .withMessageContainingAll("mock0", "CONFIG_IOMMUFD_TEST");
        }
    }

    @Test
    void inheritedDescriptorThatIsNotOpen_andBothWays() {
        FakeKernel kernel = new FakeKernel();
        assertThatIllegalStateException()
                .isThrownBy(() -> IommufdUnit.open(kernel, Iommufd.PATH, 9, ""))
                .withMessageContainingAll("9", "leave the fault queue open");
        assertThatIllegalStateException()
                .isThrownBy(() -> IommufdUnit.open(kernel, Iommufd.PATH, -1, "/run/nobody"))
                .withMessageContainingAll("/run/nobody", "VMM must listen");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IommufdUnit.open(kernel, Iommufd.PATH, 9, "/run/vmm"))
                .withMessageContainingAll("fault.fd", "fault.socket");
    }

    @Test
    void vfioDeviceThatIsNotThere_andOneThatCantFault() throws Exception {
        try (UnitRig rig = new UnitRig()) {
            int open = rig.kernel.openDescriptors();
            int objects = rig.kernel.openObjects();
            assertThatIllegalStateException()
                    .isThrownBy(() -> rig.unit.connect("nic", new DeviceChoice.Vfio("/dev/vfio/devices/vfio9")))
                    .withMessageContainingAll("nic", "vfio9", "vfio-pci");
            rig.kernel.vfioDevices.add("/dev/vfio/devices/vfio0");
            rig.kernel.failures.put("ioctl 3b89", Errno.EOPNOTSUPP);
            assertThatIllegalStateException()
                    .isThrownBy(() -> rig.unit.connect("nic", new DeviceChoice.Vfio("/dev/vfio/devices/vfio0")))
                    .withMessageContainingAll("nic", "PRI");
            assertThat(rig.kernel.openDescriptors()).isEqualTo(open);
            assertThat(rig.kernel.openObjects()).isEqualTo(objects);
        }
    }
}
