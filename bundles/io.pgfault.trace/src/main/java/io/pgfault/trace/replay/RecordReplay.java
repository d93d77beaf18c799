// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.Unit;
import io.pgfault.trace.RecordSource;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.internal.PairSet;
import io.pgfault.trace.internal.RecordFields;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Feeds recorded faults to a unit's hardware queue, as they are, and waits until all are answered. No device retries
 * behind a recorded fault: what came next is in the recording.
 */
public final class RecordReplay {
    /** Follows a replay, on the thread that runs it. */
    @ConsumerType
    public interface Listener {
        /**
         * The next record is the first one of this device and PASID: the moment to connect the device and attach a
         * domain. Called once for each pair, before the record is in the ring.
         *
         * @param id the requester id or StreamID
         * @param pasid the PASID, or {@code Pasid.NONE}
         */
        default void appeared(int id, int pasid) {}

        /** Called from time to time, at least once for {@value #STRIDE} records. */
        default void progress(long records) {}
    }

    /** What to do when the ring has no room. */
    public enum WhenFull {
        /** Wait: no record is lost. */
        WAIT,
        /** Go on, as a device does: the hardware loses the record and flags an overflow (rules V02, A08). */
        OVERRUN
    }

    /**
     * The result of a replay.
     *
     * @param records how many records were fed, lost ones included
     * @param lost how many of them found no room
     */
    public record Result(long records, long lost) {}

    /** Records between two calls of {@link Listener#progress}. */
    static final int STRIDE = 1 << 12;

    /** Longer than the deadline of any group, in seconds, after which a unit that reads its ring has made room. */
    private static final long DEFAULT_PATIENCE = 30;

    private final Unit unit;
    private final WhenFull whenFull;
    private final Listener listener;
    private final long patienceNanos;

    /** Prepares a replay to a unit. */
    public RecordReplay(Unit unit, WhenFull whenFull, Listener listener) {
        this(unit, whenFull, listener, TimeUnit.SECONDS.toNanos(DEFAULT_PATIENCE));
    }

    /**
     * Prepares a replay to a unit.
     *
     * @param patienceNanos how long a full ring may stay full before the replay gives up
     */
    public RecordReplay(Unit unit, WhenFull whenFull, Listener listener, long patienceNanos) {
        this.unit = unit;
        this.whenFull = whenFull;
        this.listener = listener;
        this.patienceNanos = patienceNanos;
    }

    /**
     * Feeds all records of a source, then drains the unit. Records that are in the ring when the source turns out to be
     * unreadable are drained as well.
     *
     * @throws UnreadableInput if the source can't be read to its end
     * @throws ReplayStoppedException if the unit has no ring for these records, or the ring takes none any more
     * @throws InterruptedException if the thread is interrupted
     */
    public Result replay(RecordSource source) throws UnreadableInput, ReplayStoppedException, InterruptedException {
        RecordRing ring = ring(source);
        RecordFields fields = RecordFields.of(source.format());
        PairSet seen = new PairSet();
        long lost = 0;
        try {
            while (source.next()) {
                ByteBuffer record = source.record();
                if (fields.isFault(record)) {
                    int id = fields.device(record);
                    int pasid = fields.pasid(record);
                    if (seen.add(id, pasid)) {
                        listener.appeared(id, pasid);
                    }
                }
                if (whenFull == WhenFull.WAIT) {
                    offer(ring, source);
                } else if (!ring.post(record)) {
                    lost++;
                }
                if (source.records() % STRIDE == 0) {
                    listener.progress(source.records());
                    // A ring with room doesn't wait, and so doesn't notice.
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
            }
        } catch (UnreadableInput e) {
            unit.drain();
            throw e;
        }
        unit.drain();
        return new Result(source.records(), lost);
    }

    private RecordRing ring(RecordSource source) throws ReplayStoppedException {
        RecordRing ring = unit.ring(source.format().cliName())
                .orElseThrow(() -> new ReplayStoppedException(
                        "%s: unit %s (%s) has no queue for %s records; choose a unit that has with --backend"
                                .formatted(
                                        source.name(),
                                        unit.name(),
                                        unit.kind(),
                                        source.format().cliName())));
        if (ring.recordSize() != source.format().recordSize()) {
            throw new ReplayStoppedException("%s: unit %s takes %s records of %d bytes, not of %d"
                    .formatted(
                            source.name(),
                            unit.name(),
                            source.format().cliName(),
                            ring.recordSize(),
                            source.format().recordSize()));
        }
        return ring;
    }

    private void offer(RecordRing ring, RecordSource source) throws ReplayStoppedException, InterruptedException {
        if (ring.offer(source.record())) {
            return;
        }
        long start = System.nanoTime();
        do {
            long left = patienceNanos - (System.nanoTime() - start);
            if (left <= 0 || !ring.awaitRoom(left)) {
                throw new ReplayStoppedException(
                        "%s: unit %s has taken no record for %d s, at record %d; is it still there, and its driver?"
                                .formatted(
                                        source.name(),
                                        unit.name(),
                                        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
                                        source.records()));
            }
        } while (!ring.offer(source.record()));
    }
}
