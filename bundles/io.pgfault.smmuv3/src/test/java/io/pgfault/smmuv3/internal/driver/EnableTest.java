// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.smmuv3.internal.hardware.Hardware;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.spec.CacheCommand;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.Registers;
import io.pgfault.tck.core.StrictFaults;
import org.junit.jupiter.api.Test;

/** How the driver finds a unit that another driver has left. */
class EnableTest {
    private static final long ILLEGAL = 0xff;

    /** The first commands make the unit forget everything; a driver that skips one leaves stale tables (rule T05). */
    @Test
    void t05_anErrorOfTheDriverBefore_isNoErrorOfTheFirstCommand() {
        Sizes sizes = new Sizes(4, 4, 4, 1);
        Memory memory = new Memory(sizes);
        Hardware hardware = new Hardware(memory, 1, () -> {});
        memory.commands().word(0, 0, ILLEGAL);
        hardware.write(Registers.CMDQ_PROD, 1);
        assertThat(hardware.read(Registers.GERROR)).isNotEqualTo(hardware.read(Registers.GERRORN));

        StrictFaults faults = StrictFaults.builder().build();
        new Driver(faults, faults.allocate("smmu3.0"), sizes, memory, hardware, hardware.domains(), new EventThread());

        assertThat(Command.opcode(memory.commands().word(0, 0))).isEqualTo(CacheCommand.CFGI_STE_RANGE);
        assertThat(hardware.read(Registers.GERROR)).isEqualTo(hardware.read(Registers.GERRORN));
        assertThat(hardware.read(Registers.CMDQ_CONS)).isEqualTo(hardware.read(Registers.CMDQ_PROD));
    }
}
