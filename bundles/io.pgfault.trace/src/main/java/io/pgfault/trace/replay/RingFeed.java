// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.Unit;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.internal.PairSet;
import io.pgfault.trace.internal.RecordFields;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** Feeds records into one ring of a unit. One thread, the one of the replay. */
final class RingFeed {
    private final String source;
    private final Unit unit;
    private final RecordRing ring;
    private final RecordFields fields;
    private final RecordReplay.WhenFull whenFull;
    private final RecordReplay.Listener listener;
    private final long patienceNanos;
    private final PairSet seen = new PairSet();
    private long lost;

    private RingFeed(
            String source,
            Unit unit,
            RecordRing ring,
            RecordFields fields,
            RecordReplay.WhenFull whenFull,
            RecordReplay.Listener listener,
            long patienceNanos) {
        this.source = source;
        this.unit = unit;
        this.ring = ring;
        this.fields = fields;
        this.whenFull = whenFull;
        this.listener = listener;
        this.patienceNanos = patienceNanos;
    }

    /**
     * A feed into the unit's ring for a raw format.
     *
     * @param source the name of the file in messages
     * @throws ReplayStoppedException if the unit has no such ring, or its records have another size
     */
    static RingFeed of(
            String source,
            Unit unit,
            TraceFormat format,
            RecordReplay.WhenFull whenFull,
            RecordReplay.Listener listener,
            long patienceNanos)
            throws ReplayStoppedException {
        RecordRing ring = unit.ring(format.cliName())
                .orElseThrow(() -> new ReplayStoppedException(
                        "%s: unit %s (%s) has no queue for %s records; choose a unit that has with --backend"
                                .formatted(source, unit.name(), unit.kind(), format.cliName())));
        if (ring.recordSize() != format.recordSize()) {
            throw new ReplayStoppedException("%s: unit %s takes %s records of %d bytes, not of %d"
                    .formatted(source, unit.name(), format.cliName(), ring.recordSize(), format.recordSize()));
        }
        return new RingFeed(source, unit, ring, RecordFields.of(format), whenFull, listener, patienceNanos);
    }

    /**
     * Feeds one record, and tells the listener of its device and PASID if they are new.
     *
     * @param number the record's number in the file, from 1
     */
    void feed(ByteBuffer record, long number) throws ReplayStoppedException, InterruptedException {
        if (fields.isFault(record)) {
            int id = fields.device(record);
            int pasid = fields.pasid(record);
            if (seen.add(id, pasid)) {
                listener.appeared(id, pasid);
            }
        }
        if (whenFull == RecordReplay.WhenFull.WAIT) {
            offer(record, number);
        } else if (!ring.post(record)) {
            lost++;
        }
        if (number % RecordReplay.STRIDE == 0) {
            listener.progress(number);
            // A ring that has room never waits, so no call has noticed an interrupt.
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    /** How many records found no room. */
    long lost() {
        return lost;
    }

    private void offer(ByteBuffer record, long number) throws ReplayStoppedException, InterruptedException {
        if (ring.offer(record)) {
            return;
        }
        long start = System.nanoTime();
        do {
            long left = patienceNanos - (System.nanoTime() - start);
            if (left <= 0 || !ring.awaitRoom(left)) {
                throw new ReplayStoppedException(
                        "%s: unit %s has taken no record for %d s, at record %d; is it still there, and its driver?"
                                .formatted(
                                        source,
                                        unit.name(),
                                        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
                                        number));
            }
        } while (!ring.offer(record));
    }
}
