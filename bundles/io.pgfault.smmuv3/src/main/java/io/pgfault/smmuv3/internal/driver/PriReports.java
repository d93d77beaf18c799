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
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.internal.hardware.Stream;
import io.pgfault.smmuv3.internal.hardware.StreamTable;
import io.pgfault.smmuv3.spec.PriRecord;
import java.lang.System.Logger.Level;

/**
 * What the driver makes of a PRI queue record.
 *
 * <ul>
 *   <li>A stop marker is dropped and counted (rule A06).
 *   <li>A request of a StreamID that isn't known is answered INVALID at once if it is last, else dropped.
 *   <li>Every other request is reported (rule A07).
 * </ul>
 */
final class PriReports implements RecordReports {
    private static final System.Logger LOG = System.getLogger(PriReports.class.getName());

    private final QueueMemory memory;
    private final StreamTable streams;
    private final IoPageFaults iopf;
    private final FaultQueue queue;
    private final Responder responder;
    private final RateLimit bad = new RateLimit();

    PriReports(QueueMemory memory, StreamTable streams, IoPageFaults iopf, FaultQueue queue, Responder responder) {
        this.memory = memory;
        this.streams = streams;
        this.iopf = iopf;
        this.queue = queue;
        this.responder = responder;
    }

    @Override
    public void report(int head) {
        long word0 = memory.word(head, 0);
        long word1 = memory.word(head, 1);
        Stream stream = streams.find(PriRecord.streamId(word0));
        Device device = stream == null ? null : stream.device();
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
        Report report = iopf.report(
                device,
                flags,
                PriRecord.substreamId(word0),
                PriRecord.prgIndex(word1),
                permissions(word0),
                PriRecord.pageAddress(word1),
                Responder.PAGE_REQUEST,
                0);
        if (report == Report.RELEASED) {
            answerInvalid(word0, word1);
        }
    }

    static int permissions(long word0) {
        return (PriRecord.read(word0) ? Permissions.READ : 0)
                | (PriRecord.write(word0) ? Permissions.WRITE : 0)
                | (PriRecord.execute(word0) ? Permissions.EXEC : 0)
                | (PriRecord.privileged(word0) ? Permissions.PRIV : 0);
    }

    private void refuseUnknown(long word0, long word1) {
        queue.counters().add(Counter.BAD_REQUESTS, 1);
        answerInvalid(word0, word1);
        if (bad.permit()) {
            LOG.log(
                    Level.WARNING,
                    "Unit {0}: {1}: no device has this StreamID, {2}{3}.",
                    queue.name(),
                    new PriRecord(word0, word1),
                    PriRecord.last(word0) ? "answered invalid" : "dropped",
                    bad.suppressed());
        }
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
            responder.pageGroup(PriRecord.streamId(word0), pasid, PriRecord.prgIndex(word1), ResponseCode.INVALID);
        }
    }
}
