// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Report;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import io.pgfault.vtd.internal.hardware.SparseTable;
import io.pgfault.vtd.spec.CanonicalAddress;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;

/**
 * Checks one page request descriptor and reports it.
 *
 * <p>The checks, in the order of rule V05, with the stop marker of rule V06 in its place: address not canonical;
 * privileged mode with read or write; execute with read; stop marker; requester id not known. A descriptor that passes
 * is reported (rule V07). A descriptor that fails is rejected, and the core answers its group INVALID. The type field
 * and reserved bits are not checked (kernel: {@code prq_event_thread}).
 *
 * <p>A requester id without a device, or whose device has just been released, has no group in the core: this class
 * answers its last requests INVALID. This class does the same when the core throws, because no group may stay without
 * a response (rules C09, C21).
 *
 * <p>The event thread; a descriptor allocates nothing.
 */
final class PageRequestReports {
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final SparseTable<Device> devices;
    private final Responses responses;
    private final int addressWidth;
    private final Logger logger;
    private final RateLimitedLog rejected;
    private final RateLimitedLog failures;

    /**
     * Reports to {@code faults}.
     *
     * @param devices the unit's devices by requester id
     * @param addressWidth width of canonical addresses in bits, 48 or 57
     */
    PageRequestReports(
            IoPageFaults faults, FaultQueue queue, SparseTable<Device> devices, Responses responses, int addressWidth) {
        this.faults = faults;
        this.queue = queue;
        this.devices = devices;
        this.responses = responses;
        this.addressWidth = addressWidth;
        this.logger = UnitLogger.of(queue.name());
        this.rejected = new RateLimitedLog(logger);
        this.failures = new RateLimitedLog(logger);
    }

    /** Checks the descriptor at {@code offset} of the ring and reports or rejects it. Throws nothing. */
    void accept(ByteBuffer ring, int offset) {
        long word0 = PageRequestDescriptor.word(ring, offset, 0);
        long word1 = PageRequestDescriptor.word(ring, offset, 1);
        boolean privateData = PageRequestDescriptor.privateDataPresent(word0);
        long private0 = privateData ? PageRequestDescriptor.word(ring, offset, 2) : 0;
        long private1 = privateData ? PageRequestDescriptor.word(ring, offset, 3) : 0;
        Device device = devices.get(PageRequestDescriptor.requesterId(word0));
        try {
            accept(device, word0, word1, private0, private1);
        } catch (Throwable e) {
            failures.error(() -> text("reporting failed", word0, word1) + "; its group is answered INVALID", e);
            answerInvalid(word0, word1, private0, private1);
        }
    }

    private void accept(Device device, long word0, long word1, long private0, long private1) {
        boolean read = PageRequestDescriptor.read(word1);
        if (!CanonicalAddress.isCanonical(PageRequestDescriptor.address(word1), addressWidth)) {
            reject(device, word0, word1, private0, private1, "address not canonical");
        } else if (PageRequestDescriptor.privilegedModeRequested(word0)
                && (read || PageRequestDescriptor.write(word1))) {
            reject(device, word0, word1, private0, private1, "privileged mode requested with read or write");
        } else if (PageRequestDescriptor.executeRequested(word0) && read) {
            reject(device, word0, word1, private0, private1, "execute requested with read");
        } else if (PageRequestDescriptor.isStopMarker(word1)) {
            (device == null ? queue.counters() : device.counters()).add(Counter.STOP_MARKERS, 1);
        } else if (device == null) {
            reject(null, word0, word1, private0, private1, "requester id not known");
        } else {
            report(device, word0, word1, private0, private1);
        }
    }

    private void report(Device device, long word0, long word1, long private0, long private1) {
        Report report = faults.report(
                device,
                PageRequestDescriptor.flags(word0, word1),
                PageRequestDescriptor.pasid(word0),
                PageRequestDescriptor.prgIndex(word1),
                PageRequestDescriptor.permissions(word0, word1),
                PageRequestDescriptor.address(word1),
                private0,
                private1);
        if (report.accepted()) {
            return;
        }
        if (report == Report.RELEASED) {
            answerInvalid(word0, word1, private0, private1);
        }
        if (logger.isLoggable(Level.DEBUG)) {
            logger.log(Level.DEBUG, text(report.reason(), word0, word1));
        }
    }

    private void reject(Device device, long word0, long word1, long private0, long private1, String reason) {
        if (device != null) {
            faults.reject(
                    device,
                    PageRequestDescriptor.flags(word0, word1),
                    PageRequestDescriptor.pasid(word0),
                    PageRequestDescriptor.prgIndex(word1),
                    private0,
                    private1);
        } else {
            queue.counters().add(Counter.BAD_REQUESTS, 1);
            answerInvalid(word0, word1, private0, private1);
        }
        rejected.warning(() -> text(reason, word0, word1));
    }

    private void answerInvalid(long word0, long word1, long private0, long private1) {
        if (PageRequestDescriptor.last(word1)) {
            responses.respond(
                    PageRequestDescriptor.requesterId(word0),
                    PageRequestDescriptor.pasidOrNone(word0),
                    PageRequestDescriptor.prgIndex(word1),
                    private0,
                    private1,
                    ResponseCode.INVALID);
        }
    }

    private String text(String reason, long word0, long word1) {
        int flags = PageRequestDescriptor.flags(word0, word1);
        return "%s: page request refused: %s: requester id 0x%04x%s prg %d address 0x%x %s%s"
                .formatted(
                        queue.name(),
                        reason,
                        PageRequestDescriptor.requesterId(word0),
                        (flags & PageRequest.PASID_VALID) != 0 ? " pasid " + PageRequestDescriptor.pasid(word0) : "",
                        PageRequestDescriptor.prgIndex(word1),
                        PageRequestDescriptor.address(word1),
                        Permissions.toString(PageRequestDescriptor.permissions(word0, word1)),
                        (flags & PageRequest.LAST_PAGE) != 0 ? " last" : "");
    }
}
