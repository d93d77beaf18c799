// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Report;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.Taps;
import io.pgfault.parts.UnitLogger;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.ResponseRecord;
import java.lang.System.Logger;
import java.nio.ByteBuffer;

/**
 * Turns records into reports. Only the event thread calls these methods.
 *
 * <p>The kernel passes whole groups: records with one cookie, device and group id, the last record marked. The event
 * thread gives the core the token of the cookie as private data, and the core returns the token with the response. The
 * event thread answers INVALID to records of another shape and to a group of a device that is not configured, and
 * counts a bad request.
 *
 * <p>The kernel keeps partial requests by group id alone, so a group may hold requests of another PASID than the last
 * request's. The group has one cookie and gets one response, and the handler resolves in the domain of the last
 * request's PASID. The event thread rejects a request of another PASID, and the group's response is INVALID (rule V05).
 */
final class GroupReports {
    private static final int SIZE = FaultRecord.SIZE;
    /** The name of the kernel's records. */
    private static final String FORMAT = "iommufd";

    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final DeviceTable devices;
    private final FaultDescriptor descriptor;
    private final Taps<RequestTap, String> taps;
    private final RateLimitedLog unknown;
    private final RateLimitedLog malformed;
    private final RateLimitedLog failures;

    GroupReports(IoPageFaults faults, FaultQueue queue, DeviceTable devices, FaultDescriptor descriptor) {
        this.faults = faults;
        this.queue = queue;
        Logger logger = UnitLogger.of(queue.name());
        this.taps = new Taps<>(logger, (tap, record, format) -> tap.written(format, record));
        this.unknown = new RateLimitedLog(logger);
        this.malformed = new RateLimitedLog(logger);
        this.failures = new RateLimitedLog(logger);
        this.devices = devices;
        this.descriptor = descriptor;
    }

    /** Shows {@code tap} each record before its report, until the result is closed. Any thread. */
    AutoCloseable tap(RequestTap tap) {
        return taps.add(tap);
    }

    /** Reports the first {@code count} records of the last read. */
    void report(int count) {
        if (!taps.isEmpty()) {
            ByteBuffer view = descriptor.records().asReadOnlyBuffer();
            for (int i = 0; i < count; i++) {
                taps.show(view, i * SIZE, SIZE, FORMAT);
            }
        }
        int first = 0;
        while (first < count) {
            int last = first;
            while (!descriptor.isLast(last)
                    && last + 1 < count
                    && descriptor.cookie(last + 1) == descriptor.cookie(first)) {
                last++;
            }
            try {
                group(first, last);
            } catch (Throwable e) {
                // Catches an Error too (rule C21): this group needs a response, and the groups behind it need reports.
                descriptor.answer(descriptor.token(last), ResponseRecord.INVALID);
                failures.error(
                        () -> queue.name() + ": reporting a group failed, the unit answers the group INVALID", e);
            }
            first = last + 1;
        }
    }

    private void group(int first, int last) {
        long token = descriptor.token(last);
        if (token == Responses.NONE) {
            refuse(first, token, "its cookie is out of bounds");
            return;
        }
        if (!wellFormed(first, last)) {
            refuse(first, token, "its records don't make one group");
            return;
        }
        Device device = devices.find(FaultRecord.devId(descriptor.records(), last * SIZE));
        if (device == null) {
            queue.counters().add(Counter.BAD_REQUESTS, 1);
            unknown.warning(() -> queue.name() + ": device "
                    + Integer.toUnsignedString(FaultRecord.devId(descriptor.records(), last * SIZE))
                    + " of the kernel faults and is not configured here, answered INVALID; configure it with"
                    + " io.pgfault.iommufd.device");
            descriptor.answer(token, ResponseRecord.INVALID);
            return;
        }
        for (int i = first; i < last; i++) {
            if (pasid(i) == pasid(last)) {
                report(device, i, token);
            } else {
                faults.reject(device, flags(i), pasid(i), grpid(i), token, 0);
            }
        }
        if (report(device, last, token) == Report.RELEASED) {
            descriptor.answer(token, ResponseRecord.INVALID);
        }
    }

    private Report report(Device device, int i, long token) {
        ByteBuffer records = descriptor.records();
        int at = i * SIZE;
        return faults.report(
                device,
                flags(i),
                pasid(i),
                grpid(i),
                FaultRecord.perm(records, at),
                FaultRecord.addr(records, at),
                token,
                0);
    }

    private void refuse(int record, long token, String why) {
        queue.counters().add(Counter.BAD_REQUESTS, 1);
        malformed.warning(() -> queue.name() + ": a group of cookie "
                + Integer.toUnsignedString(descriptor.cookie(record)) + " is no fault, " + why + "; answered INVALID");
        descriptor.answer(token, ResponseRecord.INVALID);
    }

    private boolean wellFormed(int first, int last) {
        ByteBuffer records = descriptor.records();
        int device = FaultRecord.devId(records, last * SIZE);
        boolean well = descriptor.isLast(last) && grpid(last) >= 0;
        for (int i = first; i <= last && well; i++) {
            well = FaultRecord.devId(records, i * SIZE) == device
                    && grpid(i) == grpid(last)
                    && (pasid(i) == Pasid.NONE || Pasid.isValid(pasid(i)));
        }
        return well;
    }

    private int flags(int i) {
        return FaultRecord.flags(descriptor.records(), i * SIZE) & (FaultRecord.PASID_VALID | FaultRecord.LAST_PAGE);
    }

    private int grpid(int i) {
        return FaultRecord.grpid(descriptor.records(), i * SIZE);
    }

    /** The PASID of a record, {@code Pasid.NONE} if the record has no PASID. */
    private int pasid(int i) {
        boolean valid = (flags(i) & FaultRecord.PASID_VALID) != 0;
        int pasid = FaultRecord.pasid(descriptor.records(), i * SIZE);
        return valid ? pasid == Pasid.NONE ? Integer.MAX_VALUE : pasid : Pasid.NONE;
    }
}
