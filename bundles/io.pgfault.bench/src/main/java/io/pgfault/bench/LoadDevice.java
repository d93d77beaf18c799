// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/**
 * A device that asks for pages and does nothing with them. One thread asks; responses come on any thread.
 *
 * <p>Each group that may be out has a slot, which is its PASID and PRG index, or the number of its transaction. Who brings a response notes the time and no more, so that
 * measuring costs the measured little; the thread that asks records it when it comes to the slot again.
 */
final class LoadDevice implements Downstream {
    /** Pages that a PASID's groups ask for, over and over. */
    static final int PAGES = 4_096;

    /** The address of the first of them. */
    static final long FIRST_PAGE = 1L << 32;

    private static final long FREE = 0;
    private static final long OUT = 1;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    private final Load load;
    private final int firstPasid;
    private final Histogram latency;
    private final LongAdder refused = new LongAdder();
    /** {@link #OUT} while the group of a slot is out, else {@link #FREE}. */
    private final long[] slots;
    /** When the group that was in a slot was due, 0 once it is recorded, and when it was answered. */
    private final long[] due;

    private final long[] answered;
    private Upstream upstream;
    /** To wait for room there; {@code null} if there always is. */
    private Target queue;

    private int next;
    private int page;

    /**
     * @param latency where to record from when a group was to be asked for to its response, the asking thread's own; {@code
     *     null}: nowhere
     */
    LoadDevice(Load load, int firstPasid, Histogram latency) {
        this.load = load;
        this.firstPasid = firstPasid;
        this.latency = latency;
        this.slots = new long[load.groupsPerDevice()];
        this.due = new long[slots.length];
        this.answered = new long[slots.length];
    }

    /** @param crowded whether to wait for room in the target's queue before each request */
    void connect(Target target, int index, boolean crowded) {
        upstream = target.connect(index, firstPasid, this);
        queue = crowded ? target : null;
    }

    void disconnect() {
        upstream.close();
    }

    /**
     * Asks for the next group, unless as many are out as may be.
     *
     * @param when it was to be asked for, by {@code System.nanoTime}
     * @return whether it did
     */
    boolean ask(long when) throws InterruptedException {
        int slot = next;
        if ((long) SLOT.getAcquire(slots, slot) == OUT) {
            return false;
        }
        next = slot + 1 == slots.length ? 0 : slot + 1;
        record(slot);
        // 0 means recorded; a nanosecond is nothing.
        due[slot] = when | 1;
        SLOT.setRelease(slots, slot, OUT);
        int pasid = firstPasid + slot / Load.GROUPS_PER_PASID;
        if (load.stalls()) {
            awaitRoom();
            if (upstream.transact(slot, pasid, Permissions.READ, nextPage()) != Upstream.STALLED) {
                answer(slot, true);
            }
        } else {
            int index = slot % Load.GROUPS_PER_PASID;
            for (int left = load.groupSize(); left > 0; left--) {
                awaitRoom();
                upstream.pageRequest(pasid, index, Permissions.READ, nextPage(), left == 1);
            }
        }
        return true;
    }

    private void awaitRoom() throws InterruptedException {
        if (queue != null) {
            queue.awaitRoom();
        }
    }

    private long nextPage() {
        page = (page + 1) % PAGES;
        return FIRST_PAGE + ((long) page << Translation.PAGE_SHIFT);
    }

    /** Whether no group is out. */
    boolean isQuiet() {
        for (int i = 0; i < slots.length; i++) {
            if ((long) SLOT.getAcquire(slots, i) == OUT) {
                return false;
            }
        }
        return true;
    }

    private void record(int slot) {
        if (latency != null && due[slot] != 0) {
            latency.recordValue(Math.max(0, answered[slot] - due[slot]));
            due[slot] = 0;
        }
    }

    /** Records what has not been yet; once the device is quiet. */
    void recordRest() {
        for (int slot = 0; slot < slots.length; slot++) {
            record(slot);
        }
    }

    /** How many groups were answered with anything but SUCCESS. */
    long refused() {
        return refused.sum();
    }

    private void answer(int slot, boolean success) {
        if (!success) {
            refused.increment();
        }
        if (latency != null) {
            answered[slot] = System.nanoTime();
        }
        SLOT.setRelease(slots, slot, FREE);
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        answer((pasid - firstPasid) * Load.GROUPS_PER_PASID + prgIndex, code == SUCCESS);
    }

    @Override
    public void resume(int transaction, boolean retry) {
        answer(transaction, retry);
    }

    /** Nothing is cached. */
    @Override
    public void invalidate(int pasid, long first, long last) {}

    @Override
    public void disconnected() {}
}
