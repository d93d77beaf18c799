// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.core.internal.IoPageFaultCore;
import io.pgfault.core.internal.Settings;
import java.time.Duration;
import java.util.Set;

/** A core as a container runs it, without the container, with bounds that no benchmark reaches by accident. */
public final class MeasuredCore implements AutoCloseable {
    /** The PASID of all requests. */
    public static final int PASID = 7;

    private static final String KIND = "benchmark";
    private static final int BOUND = 1 << 20;
    private static final int SLICE = 64;
    private static final int LAST = PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID | PageRequest.LAST_PAGE;
    private static final int PARTIAL = PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID;

    private final IoPageFaultCore core;
    private final FaultQueue queue;
    /** Groups of the slice so far. Only the thread that reports reads and writes it. */
    private int slice;

    /** A core with one unit, whose handler serves the domains of {@link #device}. */
    public MeasuredCore(int workers, int workDepth, boolean inline, FaultHandler handler) {
        this(workers, workDepth, inline, handler, KIND);
    }

    /** A core with one unit, whose handler serves domains of that kind. */
    public MeasuredCore(int workers, int workDepth, boolean inline, FaultHandler handler, String kind) {
        core = new IoPageFaultCore(
                new Settings(
                        Duration.ofSeconds(10).toNanos(),
                        Duration.ofSeconds(1).toNanos(),
                        Duration.ofSeconds(1).toNanos(),
                        BOUND,
                        4_096,
                        BOUND,
                        BOUND,
                        workers,
                        workDepth),
                System::nanoTime);
        core.startTimer();
        core.addHandler(handler, 1, 0, inline, Set.of(kind));
        queue = core.allocate("unit0");
    }

    /** The core. */
    public IoPageFaults faults() {
        return core;
    }

    /** A device of the unit with a domain for {@link #PASID}. */
    public Device device(IommuDriver driver, String name, int id) {
        Device device = core.probe(driver, "unit0", name, id);
        queue.add(device);
        serve(device);
        return device;
    }

    /** Attaches a domain that the handler serves to {@link #PASID} of a device. */
    public void serve(Device device) {
        core.attach(device, PASID, core.allocateDomain(KIND, "p", PageTable.EMPTY, false));
    }

    /**
     * Reports a whole group of {@code size} requests, in slices of {@value #SLICE} groups, as a unit's event thread
     * does.
     */
    public Report report(Device device, int groupId, int size) {
        if (slice == 0) {
            queue.beginBatch();
        }
        for (int i = 1; i < size; i++) {
            core.report(device, PARTIAL, PASID, groupId, Permissions.READ, (long) i << 12, 0, 0);
        }
        Report report = core.report(device, LAST, PASID, groupId, Permissions.READ, (long) size << 12, 0, 0);
        if (++slice == SLICE) {
            endSlice();
        }
        return report;
    }

    /** Ends the slice early. */
    public void endSlice() {
        slice = 0;
        queue.endBatch();
    }

    /** A driver whose responses go nowhere but into a sum, which keeps them from being optimized away. */
    public static final class Sink implements IommuDriver {
        private long sum;

        @Override
        public void pageResponse(
                Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
            sum += pasid + groupId + code.value();
        }

        /** What was sent. */
        public long sum() {
            return sum;
        }
    }

    @Override
    public void close() {
        core.close();
    }
}
