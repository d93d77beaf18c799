// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;
import org.junit.jupiter.api.Test;

class RootTableTest {
    private static final int DEVICE = 0x0310;
    private static final long DIRECTORY = 0x1_0000_5000L;
    private static final long FLAGS = ScalableContextEntry.PASIDE | ScalableContextEntry.DTE | ScalableContextEntry.PRE;

    private final Memory memory = new Memory(16);

    private long contextEntry(RootTable root) {
        root.put(DEVICE, DIRECTORY);
        long halfBus = (root.register() & -4096L) + DEVICE / 128 * 8;
        return RootEntry.contextTable(memory.load(halfBus)) + DEVICE % 128 * ScalableContextEntry.SIZE;
    }

    @Test
    void t04_aUnitWithoutTheField_translatesRequestsWithoutPasidByPasid0() {
        RootTable root = new RootTable(memory, Registers.ECAP_PASID);
        long entry = contextEntry(root);
        assertThat(memory.load(entry) & FLAGS)
                .as("a bit that the unit doesn't have is reserved")
                .isEqualTo(ScalableContextEntry.PASIDE);
        assertThat(ScalableContextEntry.ridPasid(memory.load(entry + 8))).isZero();
        assertThat(root.index(Pasid.NONE)).isZero();
    }

    @Test
    void t04_aUnitWithEverything_hasAPasidForRequestsWithoutOne() {
        RootTable root = new RootTable(
                memory, Registers.ECAP_PASID | Registers.ECAP_DT | Registers.ECAP_PRS | Registers.ECAP_RPS);
        long entry = contextEntry(root);
        assertThat(memory.load(entry) & FLAGS).isEqualTo(FLAGS);
        assertThat(ScalableContextEntry.ridPasid(memory.load(entry + 8))).isEqualTo(0xffffe);
        assertThat(root.index(Pasid.NONE)).isEqualTo(0xffffe);
        assertThat(root.index(7)).isEqualTo(7);
    }
}
