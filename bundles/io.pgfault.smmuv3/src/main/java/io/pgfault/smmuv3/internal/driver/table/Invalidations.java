// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.smmuv3.spec.CacheCommand;

/**
 * The commands that make the unit forget what it has cached of tables (IHI 0070 F.b §4.3, §4.4). A caller submits what
 * it needs, then {@link #await}s. Any thread.
 */
public final class Invalidations {
    private static final int PAGE_SHIFT = 12;
    /** A range of more pages is invalidated as a whole ASID. */
    private static final int MOST_PAGES = 64;

    private final CommandSink commands;

    /** Invalidations through a queue. */
    public Invalidations(CommandSink commands) {
        this.commands = commands;
    }

    /** Everything: what software does before it turns translation on (§6.3.9). */
    public void everything() {
        commands.submit(CacheCommand.stream0(CacheCommand.CFGI_STE_RANGE, 0), CacheCommand.RANGE_ALL);
        commands.submit(CacheCommand.TLBI_NSNH_ALL, 0);
    }

    /** A stream table entry, and every context descriptor that was found through it. */
    void stream(int streamId) {
        commands.submit(CacheCommand.stream0(CacheCommand.CFGI_STE, streamId), 1);
    }

    /** Has the unit forget a context descriptor. */
    void descriptor(int streamId, int substreamId) {
        commands.submit(CacheCommand.descriptor0(streamId, substreamId), 1);
    }

    /** Has the unit forget every context descriptor of a stream. */
    void descriptors(int streamId) {
        commands.submit(CacheCommand.stream0(CacheCommand.CFGI_CD_ALL, streamId), 0);
    }

    /** Has the unit forget translations of the page tables of an ASID of the host. */
    void asid(int asid) {
        commands.submit(CacheCommand.translations0(CacheCommand.TLBI_NH_ASID, 0, asid), 0);
    }

    /** Has the unit forget translations of the page tables of a VMID, of both stages. */
    void vmid(int vmid) {
        commands.submit(CacheCommand.translations0(CacheCommand.TLBI_S12_VMALL, vmid, 0), 0);
    }

    /**
     * Has the unit forget translations of a range of an ASID of the host, or of the whole ASID if the range is large.
     */
    void range(int asid, long first, long last) {
        long pages = (last >>> PAGE_SHIFT) - (first >>> PAGE_SHIFT) + 1;
        if (pages < 1 || pages > MOST_PAGES) {
            asid(asid);
            return;
        }
        long word0 = CacheCommand.translations0(CacheCommand.TLBI_NH_VA, 0, asid);
        for (long page = 0; page < pages; page++) {
            commands.submit(word0, CacheCommand.leaf1(first + (page << PAGE_SHIFT)));
        }
    }

    /** A command of a client, with the ids of the host. */
    void command(long word0, long word1) {
        commands.submit(word0, word1);
    }

    /** As {@link CommandSink#await}. */
    public boolean await() {
        return commands.await();
    }
}
