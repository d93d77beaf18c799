// SPDX-License-Identifier: Apache-2.0
package io.pgfault.races;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.core.internal.IoPageFaultCore;
import io.pgfault.core.internal.Settings;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What each race starts from: a core without threads, with one device, one handler that keeps its groups, and a count
 * of responses.
 */
abstract class Race {
    static final long OLD = 1;
    static final long NEW = 2;
    private static final String KIND = "race";

    /**
     * Long times, which pass only by the clock below. A thread of the core that waits for the sending of a response
     * waits in real time, and no race lasts that long.
     */
    static final Settings SETTINGS = new Settings(TimeUnit.SECONDS.toNanos(10), 100, 100, 4, 4, 4, 4, 0, 4);

    final AtomicLong clock = new AtomicLong(1);
    final Driver driver = new Driver();
    final Keeper keeper = new Keeper();
    final IoPageFaultCore core = new IoPageFaultCore(SETTINGS, clock::get);
    final FaultQueue queue = core.allocate("u");
    final Device device = core.probe(driver, "u", "d", 1);

    Race() {
        queue.add(device);
        core.attach(device, Pasid.NONE, core.allocateDomain(KIND, "p", PageTable.EMPTY, false));
        add(OLD, keeper);
    }

    /** Counts the responses that the device gets. */
    static final class Driver implements IommuDriver {
        final AtomicInteger responses = new AtomicInteger();
        final AtomicInteger invalid = new AtomicInteger();

        @Override
        public void pageResponse(
                Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
            responses.incrementAndGet();
            if (code == ResponseCode.INVALID) {
                invalid.incrementAndGet();
            }
        }
    }

    /** Takes every group and keeps it. */
    static final class Keeper implements FaultHandler {
        final Queue<FaultGroup> groups = new ConcurrentLinkedQueue<>();

        @Override
        public Disposition handle(FaultGroup group) {
            groups.add(group);
            return Disposition.TAKEN;
        }
    }

    final void add(long service, FaultHandler handler) {
        core.addHandler(handler, service, 0, true, Set.of(KIND));
    }

    final Report report() {
        return core.report(device, PageRequest.LAST_PAGE, 0, 1, 1, 0x1000, 0, 0);
    }

    /** Reports a group; the handler has it then. */
    final FaultGroup taken() {
        report();
        return keeper.groups.element();
    }

    final int count(Counter counter) {
        return (int) device.counters().get(counter);
    }

    static int one(boolean yes) {
        return yes ? 1 : 0;
    }
}
