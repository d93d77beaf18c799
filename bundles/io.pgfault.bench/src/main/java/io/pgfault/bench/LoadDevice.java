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
 * A device that asks for pages and does nothing with the pages. One thread, the asking thread, sends all requests; any
 * thread may bring a response.
 *
 * <p>Each group that may be out has a slot. The slot's number is the group's PASID and PRG index, or the number of the
 * stalled transaction. The thread that brings a response notes the time and frees the slot. The asking thread records
 * the latency when the asking thread uses the slot again, so that recording costs the measured threads nothing.
 */
final class LoadDevice implements Downstream {
    /** Number of pages that the groups of one PASID ask for, over and over. */
    static final int PAGES = 4_096;

    /** Address of the first of those pages. */
    static final long FIRST_PAGE = 1L << 32;

    private static final long FREE = 0;
    private static final long OUT = 1;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    private final Load load;
    private final int firstPasid;
    /** Latency of all devices; null if no latency is taken. Only the asking thread touches the histogram. */
    private final Histogram latency;
    /** Groups answered with a code other than SUCCESS. Any thread that brings a response adds; any thread reads. */
    private final LongAdder refused = new LongAdder();
    /**
     * {@link #OUT} while a slot's group is out, else {@link #FREE}. The asking thread sets OUT, a response sets FREE.
     */
    private final long[] slots;
    /** When a slot's group was due, by {@code System.nanoTime}; 0 once recorded. Only the asking thread touches it. */
    private final long[] due;
    /**
     * When a slot's group was answered. The response's thread writes before it sets FREE, the asking thread reads
     * after.
     */
    private final long[] answered;

    private Upstream upstream;
    /** The target whose queue may be full; null if the queue always has room. */
    private Target queue;

    // The asking thread alone reads and writes the fields that follow.

    private int nextSlot;
    private int page;
    private long groups;
    private long hits;

    /**
     * A device that is not connected yet.
     *
     * @param latency receives the latency of every group, on the asking thread; null: latency is not taken
     */
    LoadDevice(Load load, int firstPasid, Histogram latency) {
        this.load = load;
        this.firstPasid = firstPasid;
        this.latency = latency;
        this.slots = new long[load.groupsPerDevice()];
        this.due = new long[slots.length];
        this.answered = new long[slots.length];
    }

    /** @param crowded whether the device waits for room in the target's queue before each request */
    void connect(Target target, int index, boolean crowded) {
        upstream = target.connect(index, firstPasid, this);
        queue = crowded ? target : null;
    }

    void disconnect() {
        upstream.close();
    }

    /**
     * Asks for the next group unless the next slot's group is still out.
     *
     * @param when when the group is due, by {@code System.nanoTime}
     * @return whether the device asked
     */
    boolean ask(long when) throws InterruptedException {
        int slot = nextSlot;
        if ((long) SLOT.getAcquire(slots, slot) == OUT) {
            return false;
        }
        nextSlot = slot + 1 == slots.length ? 0 : slot + 1;
        record(slot);
        // 0 means recorded, so a due time of 0 becomes 1 ns.
        due[slot] = when | 1;
        SLOT.setRelease(slots, slot, OUT);
        int pasid = firstPasid + slot / Load.GROUPS_PER_PASID;
        if (load.stalls()) {
            transact(slot, pasid);
        } else {
            int index = slot % Load.GROUPS_PER_PASID;
            for (int left = load.groupSize(); left > 0; left--) {
                awaitRoom();
                upstream.pageRequest(pasid, index, Permissions.READ, nextPage(), left == 1);
            }
            groups++;
        }
        return true;
    }

    private void transact(int slot, int pasid) throws InterruptedException {
        awaitRoom();
        if (upstream.transact(slot, pasid, Permissions.READ, nextPage()) == Upstream.STALLED) {
            groups++;
        } else {
            // The unit granted or aborted the transaction without a fault: no group, no latency.
            hits++;
            due[slot] = 0;
            SLOT.setRelease(slots, slot, FREE);
        }
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

    /** Records the latency of every group that is not recorded yet. The device must be quiet. */
    void recordRest() {
        for (int slot = 0; slot < slots.length; slot++) {
            record(slot);
        }
    }

    /** How many groups the device has asked for. Asking thread only. */
    long groups() {
        return groups;
    }

    /** How many transactions were granted or aborted without a fault. Asking thread only. */
    long hits() {
        return hits;
    }

    /** How many groups were answered with a code other than SUCCESS. */
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

    /** Does nothing: the device caches no translation. */
    @Override
    public void invalidate(int pasid, long first, long last) {}

    @Override
    public void disconnected() {}
}
