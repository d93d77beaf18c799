// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Permissions;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Report;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import io.pgfault.smmuv3.internal.driver.table.DeviceTables;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.DeviceTable;
import io.pgfault.smmuv3.internal.hardware.IdMap;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;

/**
 * What the driver makes of an event record (IHI 0070 F.b §7.3). Used by the event thread.
 *
 * <ul>
 *   <li>Without Stall no response can reach the transaction: logged, counted, not reported (rule A02). An event of a
 *       client's first stage is told to the client instead (rule N08).
 *   <li>Stalled by a StreamID that no device has: resumed with abort at once (rule A04).
 *   <li>Stalled with an event that can't stall, or of a reserved class: rejected, which answers INVALID (rule A04).
 *   <li>Stalled in stage 2 of a nested domain: reported; the core finds the domain that owns stage 2 (rules A10, N02).
 *   <li>Stalled in stage 2 that no domain owns, or while the hardware fetched a context descriptor or a translation
 *       table: no populated page would mend it, so it is resumed with abort, logged and counted as unrecoverable (rule
 *       A10).
 *   <li>Every other stalled event is reported as a group of one whose id is the stall tag (rule A01).
 * </ul>
 */
final class EventReports implements RecordReports {
    private final QueueMemory memory;
    private final DeviceTable devices;
    private final IdMap<DeviceTables> tables;
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final Responses responses;
    private final RateLimitedLog unrecoverable;
    private final RateLimitedLog unknown;

    EventReports(
            QueueMemory memory,
            DeviceTable devices,
            IdMap<DeviceTables> tables,
            IoPageFaults faults,
            FaultQueue queue,
            Responses responses) {
        this.memory = memory;
        this.devices = devices;
        this.tables = tables;
        this.faults = faults;
        this.queue = queue;
        this.unrecoverable = new RateLimitedLog(UnitLogger.of(queue.name()));
        this.unknown = new RateLimitedLog(UnitLogger.of(queue.name()));
        this.responses = responses;
    }

    @Override
    public void report(int head) {
        long word0 = memory.word(head, 0);
        long word1 = memory.word(head, 1);
        AttachedDevice attached = devices.find(EventRecord.streamId(word0));
        Device device = attached == null ? null : attached.device();
        if (!EventRecord.stall(word1)) {
            if (device == null || !tell(device, head)) {
                countUnrecoverable(device, head);
            }
        } else if (device == null) {
            abortUnknown(head);
        } else if (!EventId.stallable(EventRecord.eventId(word0))
                || EventRecord.faultClass(word1) > EventRecord.CLASS_IN) {
            faults.reject(
                    device, flags(word0), EventRecord.substreamId(word0), EventRecord.stag(word1), Responses.STALL, 0);
        } else if (EventRecord.stage2(word1)
                ? client(device) == null
                : EventRecord.faultClass(word1) != EventRecord.CLASS_IN) {
            countUnrecoverable(device, head);
            responses.abort(EventRecord.streamId(word0), EventRecord.stag(word1));
        } else {
            reportStall(device, word0, word1, memory.word(head, 2));
        }
    }

    /** The client that keeps the device's context descriptors, or {@code null}. */
    private NestedTable client(Device device) {
        DeviceTables found = tables.get(device.id());
        return found == null ? null : found.client();
    }

    /** Tells a client of an event of its first stage (rule N08); returns whether the client has a place for it. */
    private boolean tell(Device device, int head) {
        long word0 = memory.word(head, 0);
        long word1 = memory.word(head, 1);
        if (EventRecord.stage2(word1) || !EventId.ofFirstStage(EventRecord.eventId(word0))) {
            return false;
        }
        NestedTable client = client(device);
        return client != null && client.event(device, word0, word1, memory.word(head, 2), memory.word(head, 3));
    }

    private void reportStall(Device device, long word0, long word1, long address) {
        int stag = EventRecord.stag(word1);
        Report report = faults.report(
                device,
                flags(word0),
                EventRecord.substreamId(word0),
                stag,
                permissions(word1),
                address,
                Responses.STALL,
                0);
        if (report == Report.RELEASED) {
            responses.abort(EventRecord.streamId(word0), stag);
        }
    }

    private static int flags(long word0) {
        return PageRequest.LAST_PAGE | (EventRecord.ssv(word0) ? PageRequest.PASID_VALID : 0);
    }

    private static int permissions(long word1) {
        return (EventRecord.read(word1) ? Permissions.READ : Permissions.WRITE)
                | (EventRecord.instruction(word1) ? Permissions.EXEC : 0)
                | (EventRecord.privileged(word1) ? Permissions.PRIV : 0);
    }

    @Override
    public void failed(int head) {
        long word1 = memory.word(head, 1);
        if (EventRecord.stall(word1)) {
            responses.abort(EventRecord.streamId(memory.word(head, 0)), EventRecord.stag(word1));
        }
    }

    private void countUnrecoverable(Device device, int head) {
        (device == null ? queue.counters() : device.counters()).add(Counter.UNRECOVERABLE, 1);
        unrecoverable.warning(() -> {
            EventRecord event = event(head);
            return "%s: %s of device %s is unrecoverable%s; look at the device's configuration"
                    .formatted(
                            queue.name(),
                            event,
                            device == null ? "(unknown)" : device.name(),
                            event.stall() ? " and was resumed with abort" : "");
        });
    }

    private void abortUnknown(int head) {
        EventRecord event = event(head);
        queue.counters().add(Counter.BAD_REQUESTS, 1);
        responses.abort(event.streamId(), event.stag());
        unknown.warning(() -> "%s: no device has the StreamID of %s, which was resumed with abort; connect the device"
                .formatted(queue.name(), event));
    }

    private EventRecord event(int head) {
        return new EventRecord(memory.word(head, 0), memory.word(head, 1), memory.word(head, 2), memory.word(head, 3));
    }
}
