// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.smmuv3.internal.driver.Driver;
import io.pgfault.smmuv3.internal.driver.EventThread;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Mmio;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.internal.hardware.remap.DomainTables;
import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.Features;
import io.pgfault.smmuv3.spec.QueueRegisters;
import io.pgfault.smmuv3.spec.Registers;
import io.pgfault.tck.core.StrictFaults;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our SMMUv3 driver on QEMU's unit: registers behind the channel, queues and tables in the machine's memory. The test
 * stands for the wire of the event queue's interrupt: the test sees a record and raises the driver's interrupt.
 *
 * <p>QEMU's unit has no SubstreamIDs, stalls, ATS, PRI, updates of descriptors, nor messages for CMD_SYNC. The driver
 * reads that from the identification registers and asks for none of them.
 */
class Smmuv3DriverOnQemuIT {
    private static final int EDU = 0;
    private static final int LENGTH = 16;
    private static final int QUEUE_LOG2 = 8;
    private static final long RAM = 0x4000_0000L;
    private static final long DRIVER = RAM + 0x400_0000;
    private static final int DRIVER_BYTES = 64 << 20;
    private static final long TABLES = RAM + 0x200_0000;
    private static final long FIRST = RAM + 0x300_0000;
    private static final long SECOND = RAM + 0x301_0000;
    private static final long THIRD = RAM + 0x302_0000;
    private static final long ADDRESS = 0x7f12_3456_7000L;
    private static final long PAGE = 0x1000;
    private static final long TABLE = 0b11;
    /** Valid page, nG, AF, inner shareable, AP[1]: unprivileged accesses read and write. */
    private static final long READ_WRITE = 0xf43;

    private static final long WORD = 0x1234_5678_9abc_def0L;

    private final StrictFaults faults =
            StrictFaults.builder().domainsEverywhere().build();
    private final EventThread eventThread = new EventThread();
    private QemuMachine machine;
    private Memory memory;
    private Driver driver;
    private Device device;

    /** QEMU's registers as the driver sees a unit's. */
    private record UnitRegisters(QemuMachine machine) implements Mmio {
        @Override
        public int read(int offset) {
            return machine.read32(offset);
        }

        @Override
        public void write(int offset, int value) {
            machine.write32(offset, value);
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
            return TableFormat.AARCH64_FOUR_LEVELS;
        }

        @Override
        public long walk(long address) {
            return Translation.NONE;
        }
    }

    /** The machine's device as the driver sees one; the machine sends it nothing through the driver. */
    private static final class Edu implements Downstream {
        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            throw new IllegalStateException("the device asks for no page");
        }

        @Override
        public void resume(int transaction, boolean retry) {
            throw new IllegalStateException("the device's transactions don't stall");
        }

        @Override
        public void invalidate(int pasid, long first, long last) {
            // The device has no cache.
        }

        @Override
        public void disconnected() {
            // The machine ends with the test.
        }
    }

    @Test
    void s06_t04_t05_a10_driver_translatesInvalidatesAndReadsEvents(@TempDir Path directory) throws Exception {
        try (QemuMachine started = QemuMachine.virt(directory, 1, "")) {
            machine = started;
            drive();
            translatesAndInvalidates();
            readsEvents();
            refusesWhatTheUnitLacks();
            System.out.printf(
                    "SMMUv3 driver on QEMU %s: stream table, context descriptor, stage 1, invalidation, CMD_SYNC, events%n",
                    machine.version());
            driver.stop();
        }
    }

    private void drive() {
        Sizes sizes = new Sizes(QUEUE_LOG2, 1, QUEUE_LOG2, 1);
        memory = new Memory(sizes, new TableMemory(DRIVER, machine.ram().at(DRIVER, DRIVER_BYTES)));
        FaultQueue queue = faults.allocate("smmu3.0");
        driver = new Driver(faults, queue, sizes, memory, new UnitRegisters(machine), new DomainTables(), eventThread);
        driver.start(() -> {});
        int on = Registers.CR0_CMDQEN | Registers.CR0_EVENTQEN | Registers.CR0_SMMUEN;
        assertThat(machine.read32(Registers.CR0ACK)).isEqualTo(on);
        assertThat(machine.read32(Registers.IRQ_CTRLACK)).isEqualTo(machine.read32(Registers.IRQ_CTRL));

        int streamId = QemuMachine.requesterId(EDU);
        IommuDriver responder = (to, pasid, groupId, private0, private1, code) -> {};
        device = faults.probe(responder, "smmu3.0", "edu", streamId);
        queue.add(device);
        AttachedDevice edu = new AttachedDevice(streamId, new Edu());
        driver.connected(edu, "edu");
        memory.devices().add(edu);
        edu.device(device);
        map(FIRST);
        driver.attach(device, Pasid.NONE, faults.allocateDomain("sva", "tables", new Table(machine.ram()), false));
    }

    private void map(long to) {
        long table = TABLES;
        for (int shift = 39; shift > 12; shift -= 9) {
            machine.ram().store(table + ((ADDRESS >>> shift & 511) << 3), table + PAGE | TABLE);
            table += PAGE;
        }
        machine.ram().store(table + ((ADDRESS >>> 12 & 511) << 3), to == 0 ? 0 : to | READ_WRITE);
    }

    private void translatesAndInvalidates() {
        machine.ram().store(FIRST, WORD);
        transfer(false);
        machine.ram().store(FIRST, 0);
        transfer(true);
        assertThat(machine.ram().load(FIRST))
                .as("the bytes went to the device and back; event queue %x", machine.read32(Registers.EVENTQ_PROD))
                .isEqualTo(WORD);

        map(SECOND);
        driver.invalidate(device, Pasid.NONE, ADDRESS, ADDRESS + PAGE - 1);
        transfer(true);
        assertThat(machine.ram().load(SECOND)).as("after the invalidation").isEqualTo(WORD);

        map(THIRD);
        machine.ram().store(SECOND, 0);
        transfer(true);
        assertThat(machine.ram().load(SECOND))
                .as("without an invalidation the unit uses what it has cached")
                .isEqualTo(WORD);
        driver.invalidate(device, Pasid.NONE, ADDRESS, ADDRESS + PAGE - 1);
        assertThat(unrecoverable()).isZero();
    }

    /** More invalidations than the command queue holds, so that CMD_SYNC and indexes wrap; then an event. */
    private void readsEvents() {
        for (int i = 0; i < 3 << QUEUE_LOG2; i++) {
            driver.invalidate(device, Pasid.NONE, ADDRESS, ADDRESS + PAGE - 1);
        }
        assertThat(machine.read32(Registers.CMDQ_CONS)).isEqualTo(machine.read32(Registers.CMDQ_PROD));
        assertThat(machine.read32(Registers.GERROR)).isEqualTo(machine.read32(Registers.GERRORN));

        map(0);
        driver.invalidate(device, Pasid.NONE, ADDRESS, ADDRESS + PAGE - 1);
        transfer(true);
        assertThat(machine.ram().load(THIRD)).isZero();
        readsEvents(EventId.F_TRANSLATION);

        map(THIRD);
        driver.detach(device, Pasid.NONE);
        transfer(true);
        assertThat(machine.ram().load(THIRD))
                .as("the table is whole, but its descriptor has gone")
                .isZero();
        readsEvents(EventId.C_BAD_CD);
    }

    /** The unit writes an event for each access of the transfer; the event thread counts them after the interrupt. */
    private void readsEvents(EventId id) {
        int head = machine.read32(Registers.EVENTQ_CONS);
        int tail = machine.read32(Registers.EVENTQ_PROD);
        assertThat(QueueRegisters.isEmpty(tail, head, QUEUE_LOG2)).isFalse();
        QueueMemory events = memory.events();
        for (int at = head; at != tail; at = QueueRegisters.next(at, QUEUE_LOG2)) {
            EventRecord event =
                    new EventRecord(events.word(at, 0), events.word(at, 1), events.word(at, 2), events.word(at, 3));
            assertThat(event.id()).isEqualTo(id);
            assertThat(EventRecord.streamId(event.word0())).isEqualTo(QemuMachine.requesterId(EDU));
            if (id.equals(EventId.F_TRANSLATION)) {
                assertThat(event.word2() & -PAGE).as("the input address").isEqualTo(ADDRESS);
            }
        }
        eventThread.raise();
        await().until(() -> machine.read32(Registers.EVENTQ_CONS) == tail);
        // The queue has not wrapped: its index is the number of all events.
        assertThat(unrecoverable()).isEqualTo(QueueRegisters.index(tail, QUEUE_LOG2));
    }

    private void refusesWhatTheUnitLacks() {
        Features features = new Features(machine.read32(Registers.IDR0), machine.read32(Registers.IDR1));
        assertThat(features.substreamBits()).isZero();
        assertThatThrownBy(() -> driver.attach(
                        device, 7, faults.allocateDomain("sva", "with PASID", new Table(machine.ram()), false)))
                .hasMessageContaining("PASID 7")
                .hasMessageContaining("attach without PASID");
    }

    private long unrecoverable() {
        return device.counters().get(Counter.UNRECOVERABLE);
    }

    private void transfer(boolean write) {
        machine.transfer(EDU, ADDRESS, LENGTH, write);
        await().until(() -> !machine.isTransferring(EDU));
    }
}
