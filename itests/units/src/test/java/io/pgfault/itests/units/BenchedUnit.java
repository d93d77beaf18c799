// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Counter;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Sva;
import io.pgfault.bench.FaultingSpace;
import io.pgfault.bench.Target;
import io.pgfault.sva.internal.bind.SvaHandler;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** A unit of one vendor as a bench loads it: every PASID of a device is attached to a domain of one kind of handler. */
final class BenchedUnit implements Target {
    /** What answers the groups, as {@code iopf bench --handler} names it. */
    enum Handler {
        INLINE,
        WORKERS,
        SVA
    }

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final String KIND = "bench";

    private final Unit unit;
    private final RecordRing ring;
    private final Attaching attaching;

    /** Attaches what the handler serves to the PASIDs of a device. */
    @FunctionalInterface
    private interface Attaching {
        void attach(Upstream device, int firstPasid);
    }

    BenchedUnit(StartedCore core, Unit unit, Way way, Handler handler, int pasids) {
        this.unit = unit;
        this.ring = unit.ring(way == Way.VTD_PRI ? "prq" : way == Way.SMMUV3_PRI ? "priq" : "evtq")
                .orElseThrow();
        this.attaching = handler == Handler.SVA ? sva(core, pasids) : answering(core, handler, pasids);
    }

    private static Attaching sva(StartedCore core, int pasids) {
        core.serve(Sva.DOMAIN_KIND, true, new SvaHandler());
        Sva sva = Memory.sva(core.faults());
        List<Area> everything = List.of(new Area(0, -1L, Permissions.READ, true, 0, ""));
        List<AddressSpace> spaces = IntStream.range(0, pasids)
                .<AddressSpace>mapToObj(i -> new FaultingSpace(sva.create("bench " + i, everything)))
                .toList();
        return (device, firstPasid) -> each(pasids, i -> sva.bind(device.device(), spaces.get(i), firstPasid + i));
    }

    private static Attaching answering(StartedCore core, Handler handler, int pasids) {
        FaultHandler success = group -> {
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        };
        core.serve(KIND, handler == Handler.INLINE, success);
        IoPageFaults faults = core.faults();
        List<Domain> domains = IntStream.range(0, pasids)
                .mapToObj(i -> faults.allocateDomain(KIND, "bench " + i, PageTable.EMPTY, false))
                .toList();
        return (device, firstPasid) ->
                each(pasids, i -> faults.attach(device.device(), firstPasid + i, domains.get(i)));
    }

    private static void each(int count, IntConsumer work) {
        IntStream.range(0, count).forEach(work);
    }

    @Override
    public Upstream connect(int index, int firstPasid, Downstream device) {
        Upstream upstream = unit.connect("bench" + index, index + 1, device);
        attaching.attach(upstream, firstPasid);
        return upstream;
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        if (!ring.awaitRoom(PATIENCE_NANOS)) {
            throw new IllegalStateException("unit " + unit.name() + " reads its queue no more");
        }
    }

    @Override
    public OptionalLong groups() {
        return OptionalLong.of(unit.queue().counters().get(Counter.GROUPS));
    }
}
