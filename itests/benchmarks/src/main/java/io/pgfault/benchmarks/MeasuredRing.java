// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Device;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.vtd.internal.driver.Driver;
import io.pgfault.vtd.internal.hardware.AttachedDevice;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A VT-d driver over its hardware model without an event thread: the caller writes descriptors and makes the passes, so
 * that what a group costs is measured without what threads cost.
 */
public final class MeasuredRing {
    private static final int REQUESTER_ID = 0x100;
    private static final int QUEUE_SIZE = 5;

    private final int pasid;
    private final Device device;
    private final RecordRing ring;
    private final Driver driver;
    private final ByteBuffer record =
            ByteBuffer.allocateDirect(PageRequestDescriptor.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final Counting counting = new Counting();

    /** A ring whose requests, all of {@code pasid}, are reported there. */
    public MeasuredRing(IoPageFaults faults, int pasid) {
        this(faults, pasid, "dmar0");
    }

    /** The ring of one of several units. */
    public MeasuredRing(IoPageFaults faults, int pasid, String unit) {
        this.pasid = pasid;
        Memory memory = new Memory(Driver.memoryPages(QUEUE_SIZE));
        Hardware hardware = new Hardware(memory);
        FaultQueue queue = faults.allocate(unit);
        driver = new Driver(faults, queue, hardware, memory, hardware.domains(), QUEUE_SIZE, false);
        device = faults.probe(driver::pageResponse, unit, "d", REQUESTER_ID);
        queue.add(device);
        driver.add(device);
        hardware.connect(new AttachedDevice(REQUESTER_ID, counting));
        driver.enable();
        ring = hardware.records();
    }

    /** The device. */
    public Device device() {
        return device;
    }

    /** Writes groups into the ring, which has room for 4,095 requests. */
    public void write(int groups, int groupSize) {
        for (int group = 0; group < groups; group++) {
            for (int i = 1; i <= groupSize; i++) {
                PageRequestDescriptor.encode(
                        record,
                        0,
                        PageRequestDescriptor.word0(REQUESTER_ID, pasid, false, false, false),
                        PageRequestDescriptor.word1(true, false, i == groupSize, group & 0x1ff, (long) i << 12),
                        0,
                        0);
                if (!ring.offer(record)) {
                    throw new IllegalStateException("the ring is full");
                }
            }
        }
    }

    /** Processes what was written; returns how many responses the hardware has consumed so far. */
    public long pass() {
        driver.pass();
        return counting.responses;
    }

    private static final class Counting implements Downstream {
        private long responses;

        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            responses++;
        }

        @Override
        public void resume(int transaction, boolean retry) {
            throw new IllegalStateException("VT-d stalls nothing");
        }

        @Override
        public void invalidate(int pasid, long first, long last) {
            // Caches nothing.
        }

        @Override
        public void disconnected() {
            // Asks for nothing more.
        }
    }
}
