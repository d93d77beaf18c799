// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.FaultQueue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A unit that is one bounded ring: records stay until room is waited for or the unit is drained. */
final class RingUnit implements Unit, RecordRing {
    private final String format;
    private final int recordSize;
    private final int capacity;
    private int used;
    boolean stuck;

    /** What was written, in order. */
    final List<byte[]> written = new ArrayList<>();

    /** How many records were there at each drain. */
    final List<Integer> drains = new ArrayList<>();

    RingUnit(String format, int recordSize, int capacity) {
        this.format = format;
        this.recordSize = recordSize;
        this.capacity = capacity;
    }

    @Override
    public Optional<RecordRing> ring(String wanted) {
        return wanted.equals(format) ? Optional.of(this) : Optional.empty();
    }

    @Override
    public int recordSize() {
        return recordSize;
    }

    @Override
    public boolean offer(ByteBuffer record) {
        if (used == capacity) {
            return false;
        }
        used++;
        byte[] bytes = new byte[recordSize];
        record.get(record.position(), bytes);
        written.add(bytes);
        return true;
    }

    @Override
    public boolean post(ByteBuffer record) {
        return offer(record);
    }

    @Override
    public boolean awaitRoom(long timeoutNanos) {
        if (stuck) {
            return false;
        }
        used = 0;
        return true;
    }

    @Override
    public void drain() {
        drains.add(written.size());
        used = 0;
    }

    @Override
    public String name() {
        return "unit0";
    }

    @Override
    public String kind() {
        return "ring";
    }

    @Override
    public Upstream connect(String name, int id, Downstream downstream) {
        throw new UnsupportedOperationException("connecting is the listener's business");
    }

    @Override
    public FaultQueue queue() {
        throw new UnsupportedOperationException("no queue behind this ring");
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        throw new UnsupportedOperationException("no responses behind this ring");
    }
}
