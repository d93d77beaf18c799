// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.bench;

import io.pgfault.api.Counter;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.bench.Target;
import java.util.OptionalLong;

/** The unit of a bench: connects the devices of the load, and waits for room in the ring of their requests. */
final class UnitTarget implements Target {
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private final Unit unit;
    private final RecordRing ring;
    private final BenchHandler.Domains domains;

    /**
     * Makes a target.
     *
     * @param ring the queue of the devices' requests
     */
    UnitTarget(Unit unit, RecordRing ring, BenchHandler.Domains domains) {
        this.unit = unit;
        this.ring = ring;
        this.domains = domains;
    }

    @Override
    public Upstream connect(int index, int firstPasid, Downstream device) {
        Upstream upstream = unit.connect("bench" + index, index + 1, device);
        domains.attach(upstream, firstPasid);
        return upstream;
    }

    @Override
    public OptionalLong groups() {
        return OptionalLong.of(unit.queue().counters().get(Counter.GROUPS));
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        if (!ring.awaitRoom(PATIENCE_NANOS)) {
            throw new IllegalStateException("unit " + unit.name() + " has stopped to read its queue");
        }
    }
}
