// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.bus.Unit;
import io.pgfault.trace.RecordSource;
import io.pgfault.trace.UnreadableInput;
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
        RingFeed feed = RingFeed.of(source.name(), unit, source.format(), whenFull, listener, patienceNanos);
        try {
            while (source.next()) {
                feed.feed(source.record(), source.records());
            }
        } catch (UnreadableInput e) {
            unit.drain();
            throw e;
        }
        unit.drain();
        return new Result(source.records(), feed.lost());
    }
}
