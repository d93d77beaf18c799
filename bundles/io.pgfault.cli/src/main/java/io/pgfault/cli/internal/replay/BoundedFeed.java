// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.FaultQueue;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A unit whose rings have room only while the core has room: after as many records as the core's bounds allow (rule
 * C15), a ring refuses the next record until the unit has been drained. So the feed of a replay waits for the core as
 * it waits for the ring. The thread of the replay calls {@link RecordRing#offer} and {@link RecordRing#awaitRoom};
 * every other call goes through.
 */
final class BoundedFeed implements Unit {
    private final Unit unit;
    private final int bound;

    /**
     * Bounds the rings of a unit.
     *
     * @param bound how many records may be fed between two drains, at least 1
     */
    BoundedFeed(Unit unit, int bound) {
        this.unit = unit;
        this.bound = bound;
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return unit.ring(format).map(BoundedRing::new);
    }

    @Override
    public String name() {
        return unit.name();
    }

    @Override
    public String kind() {
        return unit.kind();
    }

    @Override
    public Upstream connect(String name, int id, Downstream downstream) {
        return unit.connect(name, id, downstream);
    }

    @Override
    public FaultQueue queue() {
        return unit.queue();
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        return unit.tap(tap);
    }

    @Override
    public void drain() throws InterruptedException {
        unit.drain();
    }

    /** A ring that counts the records since the last drain. One thread, the one of the replay. */
    private final class BoundedRing implements RecordRing {
        private final RecordRing ring;
        private int sinceDrain;

        BoundedRing(RecordRing ring) {
            this.ring = ring;
        }

        @Override
        public int recordSize() {
            return ring.recordSize();
        }

        @Override
        public boolean offer(ByteBuffer record) {
            if (sinceDrain >= bound || !ring.offer(record)) {
                return false;
            }
            sinceDrain++;
            return true;
        }

        @Override
        public boolean post(ByteBuffer record) {
            return ring.post(record);
        }

        @Override
        public boolean awaitRoom(long timeoutNanos) throws InterruptedException {
            if (sinceDrain >= bound) {
                unit.drain();
                sinceDrain = 0;
            }
            return ring.awaitRoom(timeoutNanos);
        }
    }
}
