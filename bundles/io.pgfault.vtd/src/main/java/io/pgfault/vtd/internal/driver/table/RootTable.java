// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.api.Pasid;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;

/**
 * The root table and the context tables, in scalable mode (VT-d 4.1 §9.2, §9.4). A context table exists from the first
 * device of its half bus on, and stays. Any thread.
 */
public final class RootTable {
    private static final int BYTES = 4096;
    private static final int HALF_BUSES = 512;
    private static final int FUNCTIONS = 128;
    /** PDTS: 2^(7+7) directory entries of 64 PASIDs each, all 2^20 PASIDs. */
    private static final int DIRECTORY_SIZE = 7;

    /** The PASID of requests without one, if the unit takes any. */
    private static final int CHOSEN = Pasid.MAX - 1;

    private final Memory memory;
    private final Memory.Region root;
    private final long flags;
    private final int withoutPasid;
    /** The context tables, by half bus; {@code null} where no device is. Guarded by the monitor. */
    private final Memory.Region[] contexts = new Memory.Region[HALF_BUSES];

    /**
     * An empty root table in {@code memory}.
     *
     * @param ecap what the unit has: {@link Registers#ECAP}
     */
    public RootTable(Memory memory, long ecap) {
        this.memory = memory;
        this.root = memory.allocate(BYTES);
        this.flags = ((ecap & Registers.ECAP_PASID) != 0 ? ScalableContextEntry.PASIDE : 0)
                | ((ecap & Registers.ECAP_DT) != 0 ? ScalableContextEntry.DTE : 0)
                | ((ecap & Registers.ECAP_PRS) != 0 ? ScalableContextEntry.PRE : 0);
        this.withoutPasid = (ecap & Registers.ECAP_RPS) != 0 ? CHOSEN : 0;
    }

    /** The PASID whose entry serves requests without PASID. No domain can be attached to this PASID itself. */
    int withoutPasid() {
        return withoutPasid;
    }

    /** The PASID whose entry serves requests of {@code pasid}. */
    int index(int pasid) {
        return pasid == Pasid.NONE ? withoutPasid : pasid;
    }

    /** The value of {@link Registers#RTADDR}. */
    public long register() {
        return root.address() | Registers.RTADDR_SCALABLE;
    }

    /**
     * Writes the context entry of a device, the word with its present bit last. The device may send requests with and
     * without PASID, translation requests and page requests, as far as the unit takes them. An entry that was not
     * present is not cached (VT-d 4.1 §6.1: caching mode is clear), so nothing is invalidated.
     *
     * @param directory address of the PASID directory
     */
    void put(int requesterId, long directory) {
        long at = entry(requesterId);
        memory.store(at + Long.BYTES, withoutPasid);
        memory.store(at, ScalableContextEntry.word0(directory, DIRECTORY_SIZE, flags));
    }

    /** Clears the context entry of a device. The caller invalidates it. */
    void clear(int requesterId) {
        memory.store(entry(requesterId), 0);
    }

    private synchronized long entry(int requesterId) {
        int halfBus = requesterId / FUNCTIONS;
        if (contexts[halfBus] == null) {
            contexts[halfBus] = memory.allocate(BYTES);
            memory.store(root.address() + (long) halfBus * Long.BYTES, RootEntry.word(contexts[halfBus].address()));
        }
        return contexts[halfBus].address() + (long) (requesterId % FUNCTIONS) * ScalableContextEntry.SIZE;
    }
}
