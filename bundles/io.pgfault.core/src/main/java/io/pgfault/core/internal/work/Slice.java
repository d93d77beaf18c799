// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.work;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What the event thread of one unit does once for a slice of its ring instead of once for each group: it looks at the
 * clock, and shows the workers new work.
 *
 * <p>{@code thread} is deliberately a plain field. Only the event thread stores itself there. Every other thread
 * compares the field with itself and can never find itself, so a stale read is harmless. Only the event thread touches
 * the other fields, and only while the field names it.
 */
public final class Slice {
    /** How many groups of a slice may close with the same time stamp. */
    private static final int GROUPS_PER_LOOK = 16;
    /** How many groups close before the workers are shown them. */
    private static final int GROUPS_PER_PUBLICATION = 32;

    private final LongSupplier clock;
    private final Workers workers;
    private final List<WorkList> unpublished = new ArrayList<>();
    private Thread thread;
    private long time;
    private int uses;
    private int groups;

    /** A slice that no thread is in. */
    public Slice(LongSupplier clock, Workers workers) {
        this.clock = clock;
        this.workers = workers;
    }

    /** The calling thread begins a slice. */
    public void begin() {
        uses = 0;
        thread = Thread.currentThread();
        // An earlier thread may have left without ending its slice; that slice is published here.
        publish();
    }

    /** The calling thread ends its slice. */
    public void end() {
        if (isMine()) {
            thread = null;
            publish();
        }
    }

    /** Whether the calling thread is within a slice. */
    public boolean isMine() {
        return thread == Thread.currentThread();
    }

    /**
     * Whether the group that closes now is to be measured: every group outside a slice, and the first of each {@value
     * #GROUPS_PER_LOOK} within. The event thread reads the clock for a group that is measured.
     */
    public boolean measures() {
        return !isMine() || uses == 0;
    }

    /** The time at which a group closes, on the core's clock. */
    public long closingTime() {
        if (!isMine()) {
            return clock.getAsLong();
        }
        if (uses == 0) {
            time = clock.getAsLong();
            uses = GROUPS_PER_LOOK;
        }
        uses--;
        return time;
    }

    /** Looks at the clock. */
    public long now() {
        long now = clock.getAsLong();
        if (isMine()) {
            time = now;
        }
        return now;
    }

    /** The calling thread has added work to a list, and has left the device's lock. */
    public void added(WorkList list) {
        if (!isMine()) {
            workers.publish(list);
            return;
        }
        if (!list.unpublished) {
            list.unpublished = true;
            unpublished.add(list);
        }
        if (++groups >= GROUPS_PER_PUBLICATION) {
            publish();
        }
    }

    /**
     * The calling thread is about to call a handler, which may be slow: the thread shows the workers all new work
     * first.
     */
    public void beforeHandler() {
        if (isMine() && !unpublished.isEmpty()) {
            publish();
        }
    }

    private void publish() {
        groups = 0;
        if (unpublished.isEmpty()) {
            return;
        }
        for (int i = 0; i < unpublished.size(); i++) {
            unpublished.get(i).unpublished = false;
        }
        workers.publishAll(unpublished);
        unpublished.clear();
    }
}
