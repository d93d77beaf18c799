// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Permissions;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Report;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.internal.hardware.Stream;
import io.pgfault.smmuv3.internal.hardware.StreamTable;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import java.lang.System.Logger.Level;

/**
 * What the driver makes of an event record.
 *
 * <ul>
 *   <li>Without Stall nobody can answer it: logged, counted, not reported (rule A02).
 *   <li>Stalled by a StreamID that isn't known: resumed with abort at once (rule A04).
 *   <li>Stalled with an event that can't stall: refused, which answers it INVALID, and so aborts it (rule A04).
 *   <li>Else reported as a group of one whose id is the stall tag (rule A01).
 * </ul>
 */
final class EventReports implements RecordReports {
    private static final System.Logger LOG = System.getLogger(EventReports.class.getName());

    private final QueueMemory memory;
    private final StreamTable streams;
    private final IoPageFaults iopf;
    private final FaultQueue queue;
    private final Responder responder;
    private final RateLimit unrecoverable = new RateLimit();
    private final RateLimit bad = new RateLimit();

    EventReports(QueueMemory memory, StreamTable streams, IoPageFaults iopf, FaultQueue queue, Responder responder) {
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
        Stream stream = streams.find(EventRecord.streamId(word0));
        Device device = stream == null ? null : stream.device();
        if (!EventRecord.stall(word1)) {
            unrecoverable(device, head);
        } else if (device == null) {
            abortUnknown(head);
        } else {
            reportStall(device, word0, word1, memory.word(head, 2));
        }
    }

    private void reportStall(Device device, long word0, long word1, long address) {
        int flags = PageRequest.LAST_PAGE | (EventRecord.ssv(word0) ? PageRequest.PASID_VALID : 0);
        int pasid = EventRecord.substreamId(word0);
        int stag = EventRecord.stag(word1);
        if (!EventId.stallable(EventRecord.eventId(word0))) {
            iopf.reject(device, flags, pasid, stag, Responder.STALL, 0);
            return;
        }
        Report report = iopf.report(device, flags, pasid, stag, permissions(word1), address, Responder.STALL, 0);
        if (report == Report.RELEASED) {
            responder.abort(EventRecord.streamId(word0), stag);
        }
    }

    static int permissions(long word1) {
        return (EventRecord.read(word1) ? Permissions.READ : Permissions.WRITE)
                | (EventRecord.instruction(word1) ? Permissions.EXEC : 0)
                | (EventRecord.privileged(word1) ? Permissions.PRIV : 0);
    }

    @Override
    public void failed(int head) {
        long word1 = memory.word(head, 1);
        if (EventRecord.stall(word1)) {
            responder.abort(EventRecord.streamId(memory.word(head, 0)), EventRecord.stag(word1));
        }
    }

    private void unrecoverable(Device device, int head) {
        (device == null ? queue.counters() : device.counters()).add(Counter.UNRECOVERABLE, 1);
        if (unrecoverable.permit()) {
            LOG.log(
                    Level.WARNING,
                    "Unit {0}: {1}, device {2}: nobody can answer this event{3}.",
                    queue.name(),
                    event(head),
                    device == null ? "unknown" : device.name(),
                    unrecoverable.suppressed());
        }
    }

    private void abortUnknown(int head) {
        EventRecord event = event(head);
        queue.counters().add(Counter.BAD_REQUESTS, 1);
        responder.abort(event.streamId(), event.stag());
        if (bad.permit()) {
            LOG.log(
                    Level.WARNING,
                    "Unit {0}: {1}: no device has this StreamID, resumed with abort{2}.",
                    queue.name(),
                    event,
                    bad.suppressed());
        }
    }

    private EventRecord event(int head) {
        return new EventRecord(memory.word(head, 0), memory.word(head, 1), memory.word(head, 2), memory.word(head, 3));
    }
}
