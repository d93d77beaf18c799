// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.tck.core.StrictFaults;
import io.pgfault.vtd.internal.RecordingDevice;
import io.pgfault.vtd.internal.hardware.AttachedDevice;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.internal.hardware.SparseTable;
import io.pgfault.vtd.spec.CanonicalAddress;
import io.pgfault.vtd.spec.Registers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The driver's parts over a hardware model with rings of 128 requests, without an event thread: the test makes the
 * passes itself. One device is known, with requester id {@value #KNOWN}; {@value #UNKNOWN} is connected and not known.
 */
final class DriverFixture {
    static final int KNOWN = 0x0310;
    static final int UNKNOWN = 0x0042;

    final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    final FaultQueue queue = faults.allocate("dmar0");
    final Memory memory = new Memory(Driver.ringPages(0));
    final Hardware hardware = new Hardware(memory);
    final RecordingDevice known = new RecordingDevice();
    final RecordingDevice unknown = new RecordingDevice();
    final CommandQueue commands;
    final Responses responses;
    final EventThread events;
    final Device device;

    /** How the event gets to the driver: at once, unless a test has it take its time. */
    Consumer<Runnable> line = Runnable::run;

    private boolean raised;

    DriverFixture() {
        this(CanonicalAddress.FOUR_LEVEL, registers -> registers);
    }

    /** @param view how the driver sees the registers */
    DriverFixture(int addressWidth, UnaryOperator<Mmio> view) {
        Mmio registers = view.apply(hardware);
        commands = new CommandQueue("dmar0", registers, memory, 1);
        SparseTable<Device> devices = SparseTable.ofRequesterIds();
        responses = new Responses(commands);
        PageRequestReports reports = new PageRequestReports(faults, queue, devices, responses, addressWidth);
        events = new EventThread(
                registers, memory, 0, reports, new FaultRecords(registers, queue, devices), commands, queue, () -> {});
        hardware.interrupt(this::event);
        IommuDriver driver = (to, pasid, groupId, private0, private1, code) ->
                responses.respond(to.id(), pasid, groupId, private0, private1, code);
        device = faults.probe(driver, "dmar0", "known", KNOWN);
        queue.add(device);
        devices.set(KNOWN, device);
        hardware.connect(new AttachedDevice(KNOWN, known));
        hardware.connect(new AttachedDevice(UNKNOWN, unknown));
        commands.enable();
        events.enable();
    }

    /** Feeds one raw descriptor and lets the driver work until no event is left. */
    void feed(long word0, long word1, long word2, long word3) {
        post(word0, word1, word2, word3);
        work();
    }

    boolean post(long word0, long word1, long word2, long word3) {
        ByteBuffer record = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(0, word0).putLong(8, word1).putLong(16, word2).putLong(24, word3);
        return hardware.records().post(record);
    }

    /** A pass for each event until there is none. */
    void work() {
        while (raised) {
            raised = false;
            events.pass();
        }
    }

    boolean ringIsEmpty() {
        return hardware.read64(Registers.PQH) == hardware.read64(Registers.PQT);
    }

    long count(Counter counter) {
        return queue.counters().get(counter);
    }

    /** Whether an event waits for the driver. */
    boolean raised() {
        return raised;
    }

    /** The driver has seen that an event waits. */
    void lower() {
        raised = false;
    }

    private void event(long address, int data) {
        line.accept(() -> raised = true);
    }
}
