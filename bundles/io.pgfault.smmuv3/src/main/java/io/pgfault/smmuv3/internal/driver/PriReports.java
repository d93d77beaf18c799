// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Report;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.DeviceTable;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.spec.PriRecord;

/**
 * What the driver makes of a PRI queue record (IHI 0070 F.b §8.1). Used by the event thread.
 *
 * <ul>
 *   <li>A stop marker is dropped and counted (rule A06).
 *   <li>A request of a StreamID that no device has is answered INVALID at once if it is last, else dropped.
 *   <li>Every other request is reported (rule A07).
 * </ul>
 */
final class PriReports implements RecordReports {
    private final QueueMemory memory;
    private final DeviceTable devices;
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final Responses responses;
    private final RateLimitedLog unknown;

    PriReports(QueueMemory memory, DeviceTable devices, IoPageFaults faults, FaultQueue queue, Responses responses) {
        this.memory = memory;
        this.devices = devices;
        this.faults = faults;
        this.queue = queue;
        this.unknown = new RateLimitedLog(UnitLogger.of(queue.name()));
        this.responses = responses;
    }

    @Override
    public void report(int head) {
        long word0 = memory.word(head, 0);
        long word1 = memory.word(head, 1);
        AttachedDevice attached = devices.find(PriRecord.streamId(word0));
        Device device = attached == null ? null : attached.device();
        if (PriRecord.stopMarker(word0)) {
            counters(device).add(Counter.STOP_MARKERS, 1);
        } else if (device == null) {
            refuseUnknown(word0, word1);
        } else {
            reportRequest(device, word0, word1);
        }
    }

    private Counters counters(Device device) {
        return device == null ? queue.counters() : device.counters();
    }

    private void reportRequest(Device device, long word0, long word1) {
        int flags = (PriRecord.last(word0) ? PageRequest.LAST_PAGE : 0)
                | (PriRecord.ssv(word0) ? PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID : 0);
        Report report = faults.report(
                device,
                flags,
                PriRecord.substreamId(word0),
                PriRecord.prgIndex(word1),
                permissions(word0),
                PriRecord.pageAddress(word1),
                Responses.PAGE_REQUEST,
                0);
        if (report == Report.RELEASED) {
            answerInvalid(word0, word1);
        }
    }

    private static int permissions(long word0) {
        return (PriRecord.read(word0) ? Permissions.READ : 0)
                | (PriRecord.write(word0) ? Permissions.WRITE : 0)
                | (PriRecord.execute(word0) ? Permissions.EXEC : 0)
                | (PriRecord.privileged(word0) ? Permissions.PRIV : 0);
    }

    private void refuseUnknown(long word0, long word1) {
        queue.counters().add(Counter.BAD_REQUESTS, 1);
        answerInvalid(word0, word1);
        PriRecord request = new PriRecord(word0, word1);
        unknown.warning(() -> "%s: no device has the StreamID of %s, which was %s; connect the device"
                .formatted(queue.name(), request, request.last() ? "answered invalid" : "dropped"));
    }

    @Override
    public void failed(int head) {
        if (!PriRecord.stopMarker(memory.word(head, 0))) {
            answerInvalid(memory.word(head, 0), memory.word(head, 1));
        }
    }

    private void answerInvalid(long word0, long word1) {
        if (PriRecord.last(word0)) {
            int pasid = PriRecord.ssv(word0) ? PriRecord.substreamId(word0) : Pasid.NONE;
            responses.pageGroup(PriRecord.streamId(word0), pasid, PriRecord.prgIndex(word1), ResponseCode.INVALID);
        }
    }
}
