// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Recorder;

/**
 * A device that asks for pages and does nothing with them. One thread asks; responses come on any thread.
 *
 * <p>Each group that may be out has a slot, which is its PASID and PRG index, or the number of its transaction. A slot
 * holds when its group was to be asked for, 0 while none is out.
 */
final class LoadDevice implements Downstream {
    /** Pages that a PASID's groups ask for, over and over. */
    static final int PAGES = 4_096;

    /** The address of the first of them. */
    static final long FIRST_PAGE = 1L << 32;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    private final Load load;
    private final int firstPasid;
    private final Recorder latency;
    private final LongAdder refused = new LongAdder();
    private final long[] slots;
    private Upstream upstream;
    /** To wait for room there; {@code null} if there always is. */
    private Target queue;

    private int next;
    private int page;

    /** @param latency where to record from when a group was to be asked for to its response; {@code null}: nowhere */
    LoadDevice(Load load, int firstPasid, Recorder latency) {
        this.load = load;
        this.firstPasid = firstPasid;
        this.latency = latency;
        this.slots = new long[load.groupsPerDevice()];
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
     * @param due when it was to be asked for, by {@code System.nanoTime}
     * @return whether it did
     */
    boolean ask(long due) throws InterruptedException {
        int slot = next;
        if ((long) SLOT.getAcquire(slots, slot) != 0) {
            return false;
        }
        next = slot + 1 == slots.length ? 0 : slot + 1;
        // 0 means free; a nanosecond is nothing.
        SLOT.setRelease(slots, slot, due | 1);
        int pasid = firstPasid + slot / Load.GROUPS_PER_PASID;
        if (load.stalls()) {
            awaitRoom();
            if (upstream.transact(slot, pasid, Permissions.READ, nextPage()) != Upstream.STALLED) {
                answered(slot, true);
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
            if ((long) SLOT.getAcquire(slots, i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** How many groups were answered with anything but SUCCESS. */
    long refused() {
        return refused.sum();
    }

    private void answered(int slot, boolean success) {
        if (!success) {
            refused.increment();
        }
        if (latency != null) {
            latency.recordValue(Math.max(0, System.nanoTime() - slots[slot]));
        }
        SLOT.setRelease(slots, slot, 0L);
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        answered((pasid - firstPasid) * Load.GROUPS_PER_PASID + prgIndex, code == SUCCESS);
    }

    @Override
    public void resume(int transaction, boolean retry) {
        answered(transaction, retry);
    }

    /** Nothing is cached. */
    @Override
    public void invalidate(int pasid, long first, long last) {}

    @Override
    public void disconnected() {}
}
