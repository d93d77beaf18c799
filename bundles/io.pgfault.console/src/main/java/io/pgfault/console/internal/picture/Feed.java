// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.picture;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Pictures, one for each half second in which a page asks for one. The first thread that asks in a half second takes
 * the picture, and every other reader gets the same one. The monitor guards every field.
 */
@Component(service = Feed.class)
public final class Feed {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Supplier<String> camera;
    private final LongSupplier clock;
    private String latest = "";
    /** When {@link #latest} was taken, in half seconds of the clock. Guarded by the monitor. */
    private long taken = Long.MIN_VALUE;

    private boolean closed;

    /** Called by Declarative Services. */
    @Activate
    public Feed(@Reference Picture picture) {
        this(picture::json, System::nanoTime);
    }

    Feed(Supplier<String> camera, LongSupplier clock) {
        this.camera = camera;
        this.clock = clock;
    }

    /** Lets every waiting reader go. */
    @Deactivate
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** The picture of this half second. */
    public synchronized String now() {
        long period = Math.floorDiv(clock.getAsLong(), PERIOD_NANOS);
        if (period != taken) {
            latest = camera.get();
            taken = period;
        }
        return latest;
    }

    /**
     * Waits for the next half second, and returns its picture.
     *
     * @return empty when the feed has closed
     */
    public synchronized Optional<String> next() throws InterruptedException {
        long now = clock.getAsLong();
        long due = (Math.floorDiv(now, PERIOD_NANOS) + 1) * PERIOD_NANOS;
        while (!closed && due - now > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(due - now, TimeUnit.MILLISECONDS.toNanos(1)));
            now = clock.getAsLong();
        }
        return closed ? Optional.empty() : Optional.of(now());
    }
}
