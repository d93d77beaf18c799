// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.remap;

import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.parts.Walkers;
import io.pgfault.smmuv3.internal.hardware.walk.Configuration;
import io.pgfault.smmuv3.internal.hardware.walk.Result;
import io.pgfault.smmuv3.internal.hardware.walk.Stage1;
import io.pgfault.smmuv3.internal.hardware.walk.Stage2;
import io.pgfault.smmuv3.internal.hardware.walk.StreamTables;
import io.pgfault.smmuv3.internal.hardware.walk.Walker;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;

/**
 * Translation (IHI 0070 F.b §3.3, §3.4): takes a transaction through caches and tables. A transaction that the caches
 * serve allocates nothing and takes no lock. A first stage that is an object is the caller's to walk, each time. Any
 * thread.
 */
public final class Remapping {
    private static final int PAGE_SHIFT = 12;
    private static final int LARGEST_BLOCK = 30;
    private static final int TOP_BYTE = 8;
    private static final int ALL = Permissions.READ | Permissions.WRITE | Permissions.EXEC;
    private static final int USE_DATA = 0b10;
    private static final int USE_INSTRUCTION = 0b11;
    private static final int USE_UNPRIVILEGED = 0b10;
    private static final int USE_PRIVILEGED = 0b11;

    private final Caches caches = new Caches();
    private final CachedTables tables;
    private final Walkers<Walkers.Turn> walkers = new Walkers<>(Walkers.Turn::new);
    private final CacheInvalidations invalidations = new CacheInvalidations(caches, walkers);
    /** Whether transactions are translated. The enabling thread writes it; translating threads read it. */
    private volatile boolean enabled;

    /**
     * Translation that is off.
     *
     * @param memory the memory that holds the stream table
     * @param contexts the memory that holds the unit's context descriptors
     * @param domains what the ids of entries stand for
     */
    public Remapping(PhysicalMemory memory, PhysicalMemory contexts, DomainTables domains) {
        this.tables = new CachedTables(memory, contexts, domains, caches);
    }

    /** Turns translation on with that stream table. Software has invalidated what was cached of another one. */
    public void enable(StreamTables streams) {
        tables.streams(streams);
        enabled = true;
    }

    /** Turns translation off: transactions pass unchanged. */
    public void disable() {
        enabled = false;
    }

    /** Whether translation is on. */
    public boolean isEnabled() {
        return enabled;
    }

    /**
     * The walks that invalidations wait for. A thread begins its turn before it asks for a {@link #generation}, and
     * ends the turn after the translation.
     */
    public Walkers<Walkers.Turn> walkers() {
        return walkers;
    }

    /** The part that executes commands that invalidate. */
    public CacheInvalidations invalidations() {
        return invalidations;
    }

    /** How many invalidations have begun. A thread reads it before it asks for a configuration. */
    public long generation() {
        return caches.generation();
    }

    /** How a transaction is translated, or which event it has. */
    public Configured configuration(int streamId, int substreamId) {
        return tables.configuration(streamId, substreamId);
    }

    /**
     * Translates one transaction whose first stage is no object.
     *
     * @param began {@link #generation} before the configuration was asked for: a translation is kept only if no
     *     invalidation has begun since then
     * @param access bits of {@link Permissions}, or {@link Walker#ANY} for all that is granted now
     * @return a {@link Result}
     */
    public long translate(long began, Configured with, long address, int access) {
        Configuration configuration = with.configuration();
        Stage1 stage1 = configuration.stage1();
        Stage2 stage2 = configuration.stage2();
        if (stage1 == null && stage2 == null) {
            return with.walker().walk(null, null, address, access);
        }
        long page = address >>> PAGE_SHIFT;
        Caches.Translated cached = caches.translation(configuration.vmid(), with.asid(), page);
        if (cached != null && serves(cached.result(), access)) {
            return cached.result();
        }
        long result = with.walker().walk(stage1, stage2, address, access);
        // With an ignored top byte one page has many addresses, and an invalidation names one of them.
        boolean named = address << TOP_BYTE >> TOP_BYTE == address;
        if (!Result.fault(result) && named && (cached == null || cached.result() != result)) {
            // What came from a block of the first stage may have the size of the second stage's page.
            boolean split = stage1 != null && stage2 != null && stage2.isInMemory();
            int shift = split ? LARGEST_BLOCK : Result.log2(result);
            caches.put(began, new Caches.Translated(configuration.vmid(), with.asid(), page, shift, result));
        }
        return result;
    }

    /** Whether a cached translation serves an access. All that is granted now: only if no more can be granted. */
    private static boolean serves(long result, int access) {
        return access == Walker.ANY ? Result.permissions(result, false) == ALL : Result.grants(result, access);
    }

    /** An access as the stream table entry has it seen: STE.PRIVCFG and STE.INSTCFG (§5.2). */
    public static int seen(Configured with, int access) {
        long word1 = with.configuration().steWord1();
        int privileged = StreamTableEntry.privcfg(word1);
        int instruction = StreamTableEntry.instcfg(word1);
        int seen = access;
        if (privileged == USE_UNPRIVILEGED) {
            seen &= ~Permissions.PRIV;
        } else if (privileged == USE_PRIVILEGED) {
            seen |= Permissions.PRIV;
        }
        if (instruction == USE_DATA && (seen & Permissions.EXEC) != 0) {
            seen = (seen & ~Permissions.EXEC) | Permissions.READ;
        } else if (instruction == USE_INSTRUCTION && (seen & Permissions.WRITE) == 0) {
            seen |= Permissions.EXEC;
        }
        return seen;
    }
}
