// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Device;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.endpoint.internal.device.DeviceModel;
import io.pgfault.endpoint.internal.device.PageUse;
import io.pgfault.endpoint.internal.device.PcieFunction;
import io.pgfault.endpoint.internal.device.StallingMaster;
import io.pgfault.endpoint.internal.dma.DmaChannels;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** A device model without its configuration, connected and not bound. */
final class TestDevice implements AutoCloseable {
    /** As many as a device has numbers for. */
    private static final int OUTSTANDING = DeviceModel.REQUEST_NUMBERS;

    /** An access that does something with its page. */
    @FunctionalInterface
    private interface Use {
        Access access(int pasid, long address, int permissions, PageUse use) throws InterruptedException;
    }

    private final DeviceModel model;
    private final Use access;
    private final LongSupplier unexpected;

    private DmaChannels channels;

    private TestDevice(DeviceModel model, Use access, LongSupplier unexpected) {
        this.model = model;
        this.access = access;
        this.unexpected = unexpected;
    }

    /** A PCIe function with ATS and PRI. */
    public static TestDevice function(Unit unit, String name, int id) {
        PcieFunction function = new PcieFunction(unit, name, id, 64, OUTSTANDING);
        return new TestDevice(function, function::access, function::unexpectedResponses);
    }

    /** A master whose transactions stall. */
    public static TestDevice master(Unit unit, String name, int id) {
        StallingMaster master = new StallingMaster(unit, name, id, OUTSTANDING);
        return new TestDevice(master, master::access, master::unexpectedResumes);
    }

    public Device device() {
        return model.device();
    }

    /** Accesses a page; {@code use} is given its translation. */
    public Access access(int pasid, long address, int permissions, LongConsumer use) throws InterruptedException {
        return access.access(pasid, address, permissions, use::accept);
    }

    /** Makes it a DMA engine of the process with that PASID. */
    public void startDma(PhysicalMemory memory, int pasid, int channelCount, int groupSize) {
        channels = new DmaChannels(model, memory, pasid, channelCount, groupSize);
    }

    /** Works a batch off, once {@link #startDma} was called. */
    public List<Completion> execute(List<Descriptor> batch) throws InterruptedException {
        return channels.execute(batch);
    }

    /** Answers to what the device had not asked. */
    public long unexpected() {
        return unexpected.getAsLong();
    }

    @Override
    public void close() {
        if (channels != null) {
            channels.close();
        }
        model.disconnect();
    }
}
