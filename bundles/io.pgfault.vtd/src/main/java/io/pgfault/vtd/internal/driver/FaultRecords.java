// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.internal.hardware.SparseTable;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.FaultRecord;

/**
 * Reads the fault recording registers: faults that no page request can mend are logged, at a limited rate, and counted
 * for the device (rules T07, C18; kernel: {@code dmar_fault}). The event thread.
 */
final class FaultRecords {
    private static final int EVENT_ADDRESS = 0xfee0_0000;
    /** The event's data, which tells this event from the page request event. */
    static final int EVENT_DATA = 0x22;

    private final Mmio registers;
    private final FaultQueue queue;
    private final SparseTable<Device> devices;
    private final RateLimitedLog log;

    /** @param devices the known devices by requester id */
    FaultRecords(Mmio registers, FaultQueue queue, SparseTable<Device> devices) {
        this.registers = registers;
        this.queue = queue;
        this.devices = devices;
        this.log = new RateLimitedLog(UnitLogger.of(queue.name()));
    }

    /** Unmasks the event. */
    void enable() {
        registers.write32(Registers.FEDATA, EVENT_DATA);
        registers.write32(Registers.FEADDR, EVENT_ADDRESS);
        registers.write32(Registers.FEUADDR, 0);
        registers.write32(Registers.FECTL, 0);
    }

    /**
     * Takes the records until none is pending, then ends an overflow. A fault that comes afterwards raises the event
     * again.
     */
    void drain() {
        long cap = registers.read64(Registers.CAP);
        int count = Registers.faultRecordCount(cap);
        int status = registers.read32(Registers.FSTS);
        while ((status & Registers.FSTS_PPF) != 0) {
            int first = status >>> Registers.FSTS_FRI_SHIFT & 0xff;
            for (int i = 0; i < count; i++) {
                take(Registers.faultRecords(cap) + (first + i) % count * FaultRecord.SIZE);
            }
            status = registers.read32(Registers.FSTS);
        }
        if ((status & Registers.FSTS_PFO) != 0) {
            registers.write32(Registers.FSTS, Registers.FSTS_PFO);
            queue.counters().add(Counter.UNRECOVERABLE, 1);
            log.warning(() -> queue.name() + ": fault records were lost, because the fault recording registers were"
                    + " full; the faults above are not all");
        }
    }

    private void take(int offset) {
        long word1 = registers.read64(offset + Long.BYTES);
        if (!FaultRecord.fault(word1)) {
            return;
        }
        long word0 = registers.read64(offset);
        registers.write64(offset + Long.BYTES, FaultRecord.FAULT);
        Device device = devices.get(FaultRecord.requesterId(word1));
        (device == null ? queue.counters() : device.counters()).add(Counter.UNRECOVERABLE, 1);
        log.warning(() -> "%s: %s of device %s"
                .formatted(queue.name(), FaultRecord.text(word0, word1), device == null ? "(unknown)" : device.name()));
    }
}
