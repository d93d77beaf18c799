// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.vtd.internal.RecordingDevice;
import io.pgfault.vtd.spec.Registers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A hardware model whose software is the test: rings of 128 entries, one device, event unmasked. */
final class HardwareFixture {
    static final int ENTRIES = 128;
    static final int DEVICE = 0x0310;

    final List<String> events = new ArrayList<>();
    final Memory memory = new Memory(4);
    final Memory.Region requests = memory.allocate(4096);
    final Memory.Region invalidations = memory.allocate(4096);
    final Memory.Region status = memory.allocate(64);
    final Hardware hardware = new Hardware(memory);
    final RecordingDevice device = new RecordingDevice();
    private int tail;

    HardwareFixture() {
        hardware.interrupt((address, data) -> events.add("%x:%x".formatted(address, data)));
        hardware.write64(Registers.PQA, requests.address());
        hardware.write64(Registers.IQA, invalidations.address() | 0x800);
        hardware.write32(Registers.GCMD, Registers.GCMD_QIE);
        hardware.write32(Registers.PEDATA, 0x55);
        hardware.write32(Registers.PEADDR, 0xfee0_1000);
        hardware.write32(Registers.PEUADDR, 0x7);
        hardware.write32(Registers.PECTL, 0);
        hardware.connect(new AttachedDevice(DEVICE, device));
    }

    int status() {
        return hardware.read32(Registers.PRS);
    }

    boolean post(long word0, long word1, long word2, long word3) {
        ByteBuffer record = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(0, word0).putLong(8, word1).putLong(16, word2).putLong(24, word3);
        return hardware.records().post(record);
    }

    /** A read request without PASID. */
    boolean post(int prgIndex, boolean last) {
        return post(0x0310_0001L, 0x1000L | ((long) prgIndex << 3) | (last ? 4 : 0) | 1, 0, 0);
    }

    /** Fills the ring: one entry always stays free. */
    void fill() {
        for (int i = 0; i < ENTRIES - 1; i++) {
            post(1, false);
        }
    }

    /** Writes a descriptor at the tail without ringing. */
    void put(long word0, long word1, long word2, long word3) {
        invalidations.bytes().putLong(tail, word0).putLong(tail + 8, word1);
        invalidations.bytes().putLong(tail + 16, word2).putLong(tail + 24, word3);
        tail = (tail + 32) % 4096;
    }

    void ring() {
        hardware.write64(Registers.IQT, tail);
    }

    boolean stopped() {
        return (hardware.read32(Registers.FSTS) & 0x10) != 0;
    }
}
