// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.parts.RateLimitedLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongSupplier;

/**
 * The first stage that a guest gives its host where the guest's unit names none: where the guest nests a first stage of
 * its own guest on a domain, or has attached a page table that is no bytes of the host's architecture. The shadow maps,
 * page by page, what the guest's unit translates with all of its stages (kernel: shadow paging of {@code kvm/mmu}). A
 * page gets in when a device of the host faults there, and goes when the guest's unit invalidates the page.
 *
 * <p>Invariant: when {@link #invalidate} has returned, the shadow has no page of the range that was translated before.
 * A filling thread translates and writes the entry under the monitor, the invalidating thread clears under it; the unit
 * has forgotten the old translation before it sends the invalidation, so what is filled afterwards is new.
 */
public final class ShadowStage {
    private static final System.Logger LOG = System.getLogger(ShadowStage.class.getName());
    private static final int FOUR_LEVELS = 48;

    /** A page of a group: what a device asked for. */
    private record Page(int pasid, int permissions, long address) {}

    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final String name;
    private final ShadowTable table;
    private final FirstStage stage;
    /** Set by the connecting thread before the host knows a first stage, and so before the first group. */
    private volatile Upstream upstream;
    /** Whether the host has this first stage. Written under the monitor of {@link FirstStages}; any thread reads. */
    private volatile boolean active;
    /** The pages of the group whose requests arrive now. Only the reading thread uses it. */
    private final List<Page> arriving = new ArrayList<>();
    /** The pages of the groups that the unit has, by index. */
    private final AtomicReferenceArray<List<Page>> raised = new AtomicReferenceArray<>(RaisedGroups.INDEXES);

    /**
     * An empty shadow.
     *
     * @param name the device's name, for messages
     * @param memory the guest's memory, which the host's unit walks
     * @param frames gives the address of a frame of zeros in {@code memory}, 0 if none is left
     * @throws IllegalStateException if no frame is left for the root
     */
    public ShadowStage(String name, PhysicalMemory memory, LongSupplier frames) {
        this.name = name;
        this.table = new ShadowTable(memory, frames);
        this.stage = new VtdFirstStage(0, table.root(), FOUR_LEVELS);
    }

    void connected(Upstream unit) {
        this.upstream = unit;
    }

    FirstStage stage() {
        return stage;
    }

    void active(boolean now) {
        active = now;
    }

    boolean isActive() {
        return active;
    }

    /** Takes a request of the group that arrives, on the reading thread. */
    void collect(int pasid, int permissions, long address) {
        arriving.add(new Page(pasid, permissions, address));
    }

    /**
     * The group is complete: fills what the unit translates, and raises the group unless that was everything.
     *
     * @return whether the group needs no answer of the unit
     */
    boolean isFilledOrRaised(int index) {
        List<Page> group = List.copyOf(arriving);
        arriving.clear();
        if (!group.isEmpty() && fill(group) == Filled.ALL) {
            return true;
        }
        raised.set(index, group);
        for (int i = 0; i < group.size(); i++) {
            Page page = group.get(i);
            upstream.pageRequest(page.pasid, index, page.permissions, page.address, i == group.size() - 1);
        }
        return false;
    }

    /** The unit has answered SUCCESS to a group: fills its pages. Returns false if the shadow has no frame for them. */
    boolean resolve(int index) {
        List<Page> group = raised.getAndSet(index, null);
        return group == null || fill(group) != Filled.NO_FRAME;
    }

    /** The unit has answered otherwise. */
    void drop(int index) {
        raised.set(index, null);
    }

    private enum Filled {
        /** The unit grants what the group asks for. */
        ALL,
        /** The unit grants less than the group asks for. */
        NOT_ALL,
        NO_FRAME
    }

    private synchronized Filled fill(List<Page> group) {
        boolean all = true;
        for (Page page : group) {
            long translation = upstream.translate(page.pasid, page.address);
            all &= Translation.grants(translation, page.permissions);
            if (translation != Translation.NONE && !table.map(page.address, translation)) {
                log.warning(() -> "device " + name + ": no page frame is left for the page table that the host walks;"
                        + " answered INVALID; raise 'frames' of io.pgfault.sva.frames");
                return Filled.NO_FRAME;
            }
        }
        return all ? Filled.ALL : Filled.NOT_ALL;
    }

    /** Clears the pages of a range; the caller gives the result to {@link #reuse} after the host has invalidated. */
    synchronized List<Long> invalidate(long first, long last) {
        return table.unmap(first, last);
    }

    synchronized void reuse(List<Long> cut) {
        table.reuse(cut);
    }
}
