// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.Locale;

/**
 * The ASIDs of a unit, or its VMIDs, 16 bits: one for each domain that is attached to a device of the unit, from the
 * first attachment to the last (kernel: {@code arm_smmu_asid_xa}, {@code vmid_map}). Caches are tagged by them. Any
 * thread.
 *
 * @param <T> what an id stands for
 */
public final class DomainIds<T extends StageTables> {
    private static final int LAST = 0xffff;

    /** Where the hardware model looks up what an id stands for. */
    @FunctionalInterface
    public interface Registry<T> {
        /** Says what an id stands for from now on; null for nothing. */
        void put(int id, T what);
    }

    private final String what;
    private final Registry<T> registry;
    /** Guarded by the monitor. */
    private final IdentityHashMap<Domain, Use> uses = new IdentityHashMap<>();
    /** Ids in use; 0 is never given: VMID 0 tags the host's first stages. Guarded by the monitor. */
    private final BitSet taken = new BitSet();

    /** @param what the name of these ids, for messages */
    public DomainIds(String what, Registry<T> registry) {
        this.what = what;
        this.registry = registry;
        taken.set(0);
    }

    /**
     * One more attachment of a domain; returns the domain's id.
     *
     * @param tables what the id stands for if the domain has none yet
     * @throws IllegalStateException if no id is left
     */
    synchronized int acquire(Domain domain, T tables) {
        Use use = uses.get(domain);
        if (use == null) {
            int id = taken.nextClearBit(1);
            if (id > LAST) {
                throw new IllegalStateException(String.format(
                        Locale.ROOT,
                        "domain %s can't be attached: all %d %ss of the unit are in use; detach another domain",
                        domain.name(),
                        LAST,
                        what));
            }
            taken.set(id);
            registry.put(id, tables);
            use = new Use(id);
            uses.put(domain, use);
        }
        use.attachments++;
        return use.id;
    }

    /** One attachment less. The unit and the device have forgotten what came from it. */
    synchronized void release(Domain domain) {
        Use use = uses.get(domain);
        use.attachments--;
        if (use.attachments == 0) {
            uses.remove(domain);
            registry.put(use.id, null);
            taken.clear(use.id);
        }
    }

    private static final class Use {
        private final int id;
        /** Guarded by the monitor of the ids. */
        private int attachments;

        Use(int id) {
            this.id = id;
        }
    }
}
