// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Latency;
import io.pgfault.api.driver.Report;
import java.util.List;
import java.util.function.Consumer;

/** The yardstick behind the same driver and hardware: the part of the framework that a driver's event thread calls. */
public final class ListScanningFaults implements IoPageFaults {
    private final Consumer<ListScanningFramework.Group> handler;

    /** A framework whose devices all have that handler for each PASID up to 15. */
    public ListScanningFaults(Consumer<ListScanningFramework.Group> handler) {
        this.handler = handler;
    }

    private record Plain(String name, int id, String unit, ListScanningFramework.Device faults) implements Device {
        @Override
        public Counters counters() {
            return NONE;
        }
    }

    private static final Counters NONE = new Counters() {
        @Override
        public long get(Counter counter) {
            return 0;
        }

        @Override
        public void add(Counter counter, long delta) {
            // Counts nothing.
        }
    };

    @Override
    public Device probe(IommuDriver driver, String unit, String name, int id) {
        Device[] device = {null};
        ListScanningFramework.Device faults = new ListScanningFramework.Device((from, pasid, groupId, code) ->
                driver.pageResponse(device[0], pasid, groupId, 0, 0, ResponseCode.SUCCESS));
        for (int pasid = 0; pasid < 16; pasid++) {
            faults.attach(pasid, handler);
        }
        device[0] = new Plain(name, id, unit, faults);
        return device[0];
    }

    @Override
    public Report report(
            Device device,
            int flags,
            int pasid,
            int groupId,
            int permissions,
            long address,
            long private0,
            long private1) {
        boolean last = (flags & PageRequest.LAST_PAGE) != 0;
        ((Plain) device)
                .faults.report(
                        (flags & PageRequest.PASID_VALID) != 0 ? pasid : Pasid.NONE,
                        groupId,
                        permissions,
                        address,
                        last);
        return last ? Report.CLOSED : Report.PARTIAL;
    }

    @Override
    public FaultQueue allocate(String name) {
        return new PlainQueue(name);
    }

    private record PlainQueue(String name) implements FaultQueue {
        @Override
        public void add(Device device) {
            // Knows nothing of its devices.
        }

        @Override
        public void remove(Device device) {
            // Knows nothing of its devices.
        }

        @Override
        public List<Device> devices() {
            return List.of();
        }

        @Override
        public void flush(Device device) {
            throw notMeasured();
        }

        @Override
        public void discardPartials() {
            throw notMeasured();
        }

        @Override
        public Counters counters() {
            return NONE;
        }

        @Override
        public Latency latency() {
            throw notMeasured();
        }

        @Override
        public void close() {
            // Has nothing to free.
        }
    }

    @Override
    public List<FaultQueue> queues() {
        return List.of();
    }

    @Override
    public void release(Device device) {
        // Keeps nothing.
    }

    @Override
    public void reject(Device device, int flags, int pasid, int groupId, long private0, long private1) {
        throw notMeasured();
    }

    @Override
    public Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested) {
        throw notMeasured();
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        throw notMeasured();
    }

    @Override
    public void detach(Device device, int pasid) {
        throw notMeasured();
    }

    @Override
    public void drain(Device device, int pasid) {
        throw notMeasured();
    }

    @Override
    public void invalidate(Domain domain, long first, long last) {
        throw notMeasured();
    }

    private static UnsupportedOperationException notMeasured() {
        return new UnsupportedOperationException("the yardstick has only what is measured");
    }
}
