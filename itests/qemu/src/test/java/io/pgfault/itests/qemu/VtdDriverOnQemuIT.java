// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.parts.PasidSet;
import io.pgfault.tck.core.StrictFaults;
import io.pgfault.vtd.internal.driver.Driver;
import io.pgfault.vtd.internal.driver.table.DeviceTables;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.internal.hardware.remap.DomainTables;
import io.pgfault.vtd.spec.Registers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our VT-d driver on QEMU's unit: its registers behind the channel, its rings and tables in the machine's memory. The
 * test stands for the wire of the fault event: it sees the pending fault and calls the driver's interrupt.
 *
 * <p>The driver translates through first-stage tables in scalable mode. QEMU has these from version 10 on; an older
 * unit refuses each request, and the driver reads that from the fault records.
 */
class VtdDriverOnQemuIT {
    private static final int EDU = 0;
    private static final int LENGTH = 16;
    private static final long DRIVER = 0x400_0000;
    private static final int DRIVER_BYTES = 64 << 20;
    private static final long TABLES = 0x200_0000;
    private static final long FIRST = 0x300_0000;
    private static final long SECOND = 0x301_0000;
    private static final long THIRD = 0x302_0000;
    private static final long ADDRESS = 0x7f12_3456_7000L;
    private static final long PAGE = 0x1000;
    private static final long PRESENT_WRITE_USER = 0b111;
    private static final long WORD = 0x1234_5678_9abc_def0L;

    private final StrictFaults faults =
            StrictFaults.builder().domainsEverywhere().build();
    private QemuMachine machine;
    private Driver driver;
    private Device device;
    private DeviceTables tables;

    /** QEMU's registers as the driver sees a unit's. */
    private record UnitRegisters(QemuMachine machine) implements Mmio {
        @Override
        public int read32(int offset) {
            return machine.read32(offset);
        }

        @Override
        public long read64(int offset) {
            return machine.read64(offset);
        }

        @Override
        public void write32(int offset, int value) {
            machine.write32(offset, value);
        }

        @Override
        public void write64(int offset, long value) {
            machine.write64(offset, value);
        }
    }

    /** A first stage of four levels at {@link #TABLES}. */
    private record Table(PhysicalMemory memory) implements RootedTable {
        @Override
        public long root() {
            return TABLES;
        }

        @Override
        public TableFormat format() {
            return TableFormat.X86_FOUR_LEVELS;
        }

        @Override
        public long walk(long address) {
            return Translation.NONE;
        }
    }

    @Test
    void s06_t04_t05_t07_driver_translatesInvalidatesAndReadsFaults(@TempDir Path directory) throws Exception {
        boolean firstStage = QemuMachine.pcUnitHas("fsts");
        String unit = firstStage ? "scalable-mode=on,fsts=on,pasid-bits=20" : "x-scalable-mode=on";
        try (QemuMachine started = QemuMachine.pc(directory, 1, "intel-iommu," + unit)) {
            machine = started;
            drive();
            if (firstStage) {
                translatesAndInvalidates();
            }
            recordsFaults();
            System.out.printf(
                    "VT-d driver on QEMU %s: %s%n",
                    machine.version(),
                    firstStage
                            ? "first-stage tables, invalidation, wait descriptors, fault records"
                            : "wait descriptors and fault records; no first-stage tables before QEMU 10");
            driver.stop();
            assertThat(machine.read32(Registers.GSTS) & Registers.GCMD_QIE).isZero();
        }
    }

    private void drive() {
        Memory memory = new Memory(DRIVER, machine.ram().at(DRIVER, DRIVER_BYTES));
        FaultQueue queue = faults.allocate("dmar0");
        driver = new Driver(faults, queue, new UnitRegisters(machine), memory, new DomainTables(), 0, false);
        driver.enable();
        driver.start(() -> {});
        int requesterId = QemuMachine.requesterId(EDU);
        tables = driver.tables("edu", requesterId, (pasid, first, last) -> {}, new PasidSet());
        tables.enter();
        IommuDriver responder = (to, pasid, groupId, private0, private1, code) -> {};
        device = faults.probe(responder, "dmar0", "edu", requesterId);
        queue.add(device);
        driver.add(device);
        int status = machine.read32(Registers.GSTS);
        assertThat(status & (Registers.GCMD_TE | Registers.GCMD_QIE)).isEqualTo(Registers.GCMD_TE | Registers.GCMD_QIE);
        map(FIRST);
        tables.attach(Pasid.NONE, faults.allocateDomain("sva", "tables", new Table(machine.ram()), false));
    }

    private void map(long to) {
        long table = TABLES;
        for (int shift = 39; shift > 12; shift -= 9) {
            machine.ram().store(table + ((ADDRESS >>> shift & 511) << 3), table + PAGE | PRESENT_WRITE_USER);
            table += PAGE;
        }
        machine.ram().store(table + ((ADDRESS >>> 12 & 511) << 3), to == 0 ? 0 : to | PRESENT_WRITE_USER);
    }

    private void translatesAndInvalidates() {
        machine.ram().store(FIRST, WORD);
        transfer(false);
        machine.ram().store(FIRST, 0);
        transfer(true);
        assertThat(machine.ram().load(FIRST))
                .as("the bytes went to the device and back")
                .isEqualTo(WORD);

        map(SECOND);
        tables.invalidate(Pasid.NONE, ADDRESS, ADDRESS + PAGE - 1);
        transfer(true);
        assertThat(machine.ram().load(SECOND)).as("after the invalidation").isEqualTo(WORD);

        map(THIRD);
        machine.ram().store(SECOND, 0);
        transfer(true);
        assertThat(machine.ram().load(SECOND))
                .as("without an invalidation the unit uses what it has cached")
                .isEqualTo(WORD);
        tables.invalidate(Pasid.NONE, ADDRESS, ADDRESS + PAGE - 1);
        assertThat(unrecoverable()).isZero();
    }

    private void recordsFaults() {
        map(0);
        tables.invalidate(Pasid.NONE, ADDRESS, ADDRESS + PAGE - 1);
        transfer(true);
        assertThat(machine.ram().load(THIRD)).isZero();
        await().until(() -> (machine.read32(Registers.FSTS) & Registers.FSTS_PPF) != 0);
        driver.interrupt().message(machine.read32(Registers.FEADDR), machine.read32(Registers.FEDATA));
        await().until(() -> unrecoverable() > 0);
        await().until(() -> (machine.read32(Registers.FSTS) & (Registers.FSTS_PPF | Registers.FSTS_PFO)) == 0);

        map(THIRD);
        tables.detach(Pasid.NONE);
        transfer(true);
        assertThat(machine.ram().load(THIRD))
                .as("the table is whole, but its entry has gone")
                .isZero();
    }

    private long unrecoverable() {
        return device.counters().get(Counter.UNRECOVERABLE);
    }

    private void transfer(boolean write) {
        machine.transfer(EDU, ADDRESS, LENGTH, write);
        await().until(() -> !machine.isTransferring(EDU));
    }
}
