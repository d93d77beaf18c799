// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.bus.Unit;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.internal.recorded.KernelFault;
import io.pgfault.trace.recording.RecordedQueue;
import io.pgfault.trace.recording.RecordingReader;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Feeds the records of a recording into the rings of units, in the recorded order and at a {@link Pace}. The faults of
 * a kernel's IOMMUFD go into a ring for {@code prq} records, as page requests of the same content: there is no ring
 * that takes them. One thread.
 */
public final class RecordingReplay {
    /**
     * Where the records of a unit go.
     *
     * @param unit the unit that takes them
     * @param listener hears of devices, PASIDs and progress
     */
    public record Target(Unit unit, RecordReplay.Listener listener) {}

    /** Longer than the deadline of any group. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Function<RecordedQueue, Target> targets;
    private final RecordReplay.WhenFull whenFull;
    private final Pace pace;

    /**
     * Prepares a replay.
     *
     * @param targets says where the records of a queue go, once for each queue
     */
    public RecordingReplay(Function<RecordedQueue, Target> targets, RecordReplay.WhenFull whenFull, Pace pace) {
        this.targets = targets;
        this.whenFull = whenFull;
        this.pace = pace;
    }

    /** The format of the ring that takes the records of a queue. */
    public static TraceFormat ringFormat(RecordedQueue queue) throws ReplayStoppedException {
        if (KernelFault.isFormat(queue.format(), queue.recordSize())) {
            return TraceFormat.PRQ;
        }
        return queue.traceFormat()
                .orElseThrow(() -> new ReplayStoppedException(
                        "unit %s (%s) recorded %s records of %d bytes, and no unit takes such records here"
                                .formatted(queue.unit(), queue.kind(), queue.format(), queue.recordSize())));
    }

    /**
     * Feeds all records, then drains the units. Records that are in a ring when the file turns out to be unreadable are
     * drained as well.
     *
     * @throws UnreadableInput if the file can't be read to its end
     * @throws ReplayStoppedException if a unit has no ring for its records, or the ring takes none any more
     * @throws InterruptedException if the thread is interrupted
     */
    public RecordReplay.Result replay(RecordingReader source)
            throws UnreadableInput, ReplayStoppedException, InterruptedException {
        Map<RecordedQueue, RingFeed> feeds = new HashMap<>();
        Set<Unit> units = new LinkedHashSet<>();
        ByteBuffer converted = KernelFault.buffer();
        try {
            while (source.next()) {
                RecordedQueue queue = source.queue();
                RingFeed feed = feeds.get(queue);
                if (feed == null) {
                    Target target = targets.apply(queue);
                    units.add(target.unit());
                    feed = RingFeed.of(
                            source.name(),
                            target.unit(),
                            ringFormat(queue),
                            whenFull,
                            target.listener(),
                            PATIENCE_NANOS);
                    feeds.put(queue, feed);
                }
                pace.awaitDue(source.nanos());
                ByteBuffer record = source.record();
                feed.feed(
                        KernelFault.isFormat(queue.format(), queue.recordSize())
                                ? KernelFault.toPageRequest(record, converted)
                                : record,
                        source.records());
            }
        } catch (UnreadableInput e) {
            drain(units);
            throw e;
        }
        drain(units);
        return new RecordReplay.Result(
                source.records(),
                feeds.values().stream().mapToLong(RingFeed::lost).sum());
    }

    private static void drain(Set<Unit> units) throws InterruptedException {
        for (Unit unit : units) {
            unit.drain();
        }
    }
}
