// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.iommufd.internal.kernel.Errno;
import io.pgfault.iommufd.internal.kernel.FakeKernel;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The check names the obstacles of a configuration before the configuration is made. */
class IommufdCheckTest {
    private final FakeKernel kernel = new FakeKernel();
    private final IommufdCheck check = new IommufdCheck(() -> kernel);

    @Test
    void nothingIsInTheWay_andNothingStaysOpen() {
        assertThat(check.obstacle(IommufdUnit.PID, Map.of("io.pgfault.unit.name", "u")))
                .isEmpty();
        assertThat(check.obstacle(MockEndpoint.PID, Map.of("io.pgfault.device.name", "m")))
                .isEmpty();
        assertThat(check.obstacle("io.pgfault.vtd.unit", Map.of())).isEmpty();
        assertThat(kernel.openDescriptors()).isZero();
        assertThat(kernel.openObjects()).isZero();
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThat(check.obstacle(IommufdUnit.PID, Map.of("io.pgfault.unit.name", "u", "fault.fd", 9)))
                .hasValueSatisfying(line -> assertThat(line).contains("unit u", "descriptor 9"));
        assertThat(check.obstacle(IommufdUnit.PID, Map.of("io.pgfault.unit.name", "u", "fault.socket", "/no/vmm")))
                .hasValueSatisfying(line -> assertThat(line).contains("unit u", "/no/vmm"));
        assertThat(check.obstacle(IommufdDevice.PID, Map.of("device.name", "nic", "path", "/no/vfio")))
                .hasValueSatisfying(line -> assertThat(line).contains("device nic", "/no/vfio", "vfio-pci"));
        kernel.failures.put("ioctl 3ba0", Errno.ENOTTY);
        assertThat(check.obstacle(MockEndpoint.PID, Map.of("io.pgfault.device.name", "m")))
                .hasValueSatisfying(line -> assertThat(line).contains("device m", "CONFIG_IOMMUFD_TEST"));
        kernel.failures.put("open /dev/iommu", Errno.EACCES);
        assertThat(check.obstacle(IommufdUnit.PID, Map.of("io.pgfault.unit.name", "u")))
                .hasValueSatisfying(line -> assertThat(line).contains("unit u", "no permission"));
        assertThat(kernel.openDescriptors()).isZero();
    }
}
