// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.timeline;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * The last groups. A page that looks has the core's events recorded; five seconds after the last look the recording
 * ends. Under load the events of a part of each second are recorded, so that the page takes little from the platform.
 */
@Component(service = Timeline.class)
public final class Timeline {
    private static final String REQUEST = "io.pgfault.Request";
    private static final String GROUP = "io.pgfault.Group";
    private static final String HANDLER = "io.pgfault.Handler";
    private static final String RESPONSE = "io.pgfault.Response";
    private static final List<String> EVENTS = List.of(REQUEST, GROUP, HANDLER, RESPONSE);

    private static final int KEPT = 200;
    private static final long CYCLE_MILLIS = 1_000;
    private static final long SHORTEST_MILLIS = 5;
    /** The window becomes shorter above so many events in a cycle, and longer below an eighth of them. */
    private static final long MANY = 20_000;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** The newest groups, the newest first; guarded by the monitor. */
    private final Deque<TimedGroup> last = new ArrayDeque<>();
    /** How many groups were seen; guarded by the monitor. */
    private long seen;
    /** Events since the begin of the cycle; guarded by the monitor. */
    private long events;
    /** For how long of each cycle events are recorded; guarded by the monitor. */
    private long windowMillis = CYCLE_MILLIS;
    /** When a page looked last, by {@link System#nanoTime}; guarded by the monitor. */
    private long looked;
    /** Opens and closes windows; {@code null} while no page looks; guarded by the monitor. */
    private Thread recorder;

    /** Guarded by the monitor. */
    private boolean closed;

    /** Called by Declarative Services. */
    @Activate
    public Timeline() {
        looked = System.nanoTime();
    }

    /**
     * What pages show.
     *
     * @param groups the last groups, the newest first
     * @param seen how many groups were seen since the first of the open pages looked
     * @param rule of which groups, in words
     */
    public record View(List<TimedGroup> groups, long seen, String rule) {}

    /** Looks, and has events recorded from now on. */
    public synchronized View look() {
        looked = System.nanoTime();
        if (recorder == null && !closed) {
            recorder = new Thread(this::record, "io-pgfault-timeline");
            recorder.setDaemon(true);
            recorder.start();
        }
        return new View(
                List.copyOf(last),
                seen,
                windowMillis == CYCLE_MILLIS ? "all groups" : "those within " + windowMillis + " ms of each second");
    }

    /** Ends the recording. */
    @Deactivate
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void record() {
        Ways ways = new Ways();
        try (RecordingStream stream = new RecordingStream()) {
            stream.onEvent(REQUEST, event -> ways.request(key(event), start(event), event.getLong("addr")));
            stream.onEvent(GROUP, event -> ways.closed(key(event), start(event)));
            stream.onEvent(RESPONSE, event -> ways.answered(key(event), start(event), event.getString("code")));
            stream.onEvent(HANDLER, event -> {
                if ("TAKEN".equals(event.getString("disposition"))) {
                    ways.taken(key(event), start(event), event.getString("handler"));
                }
            });
            stream.onEvent(event -> count());
            stream.onFlush(() -> keep(ways.drain()));
            EVENTS.forEach(stream::enable);
            stream.startAsync();
            while (cycle(stream)) {
                adapt();
            }
        }
    }

    /** One window and the pause after it; returns whether a page still looks. */
    private boolean cycle(RecordingStream stream) {
        long window = window();
        if (window == CYCLE_MILLIS) {
            return rest(CYCLE_MILLIS);
        }
        EVENTS.forEach(stream::enable);
        boolean again = rest(window);
        EVENTS.forEach(stream::disable);
        again = again && rest(CYCLE_MILLIS - window);
        if (window() == CYCLE_MILLIS) {
            EVENTS.forEach(stream::enable);
        }
        return again;
    }

    private synchronized long window() {
        return windowMillis;
    }

    /** Waits; returns whether a page still looks. If none does, the next look starts another recorder. */
    private synchronized boolean rest(long millis) {
        long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            for (long left = millis;
                    !closed && left > 0;
                    left = TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime())) {
                wait(left);
            }
        } catch (InterruptedException e) {
            closed = true;
        }
        boolean again = !closed && System.nanoTime() - looked < PATIENCE_NANOS;
        if (!again) {
            recorder = null;
            last.clear();
            seen = 0;
        }
        return again;
    }

    private synchronized void adapt() {
        if (events > MANY) {
            windowMillis = Math.max(SHORTEST_MILLIS, windowMillis / 4);
        } else if (events < MANY / 8) {
            windowMillis = Math.min(CYCLE_MILLIS, windowMillis * 2);
        }
        events = 0;
    }

    private synchronized void count() {
        events++;
    }

    private synchronized void keep(List<TimedGroup> groups) {
        seen += groups.size();
        groups.stream().skip(Math.max(0, groups.size() - KEPT)).forEach(last::addFirst);
        while (last.size() > KEPT) {
            last.removeLast();
        }
    }

    private static Ways.Key key(RecordedEvent event) {
        return new Ways.Key(
                event.getString("iommu"), event.getString("dev"), event.getInt("pasid"), event.getInt("grpid"));
    }

    private static long start(RecordedEvent event) {
        Instant at = event.getStartTime();
        return TimeUnit.SECONDS.toNanos(at.getEpochSecond()) + at.getNano();
    }
}
