// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.vtd.internal.hardware.remap.DomainTables;
import io.pgfault.vtd.internal.hardware.walk.StageTables;
import java.util.BitSet;
import java.util.IdentityHashMap;

/**
 * The domain ids of a unit, 16 bits: one for each domain that is attached to a device of the unit, from the first
 * attachment to the last (kernel: {@code domain_attach_iommu}). Caches are tagged by domain id and PASID. Any thread.
 */
public final class DomainIds {
    private static final int LAST = 0xffff;

    private final DomainTables tables;
    /** Guarded by the monitor. */
    private final IdentityHashMap<Domain, Use> uses = new IdentityHashMap<>();
    /** Ids in use; 0 is never given, as software that knows caching mode expects. Guarded by the monitor. */
    private final BitSet taken = new BitSet();

    /** @param tables where the hardware model looks up what a domain id stands for */
    public DomainIds(DomainTables tables) {
        this.tables = tables;
        taken.set(0);
    }

    /**
     * One more attachment of a domain; returns the domain's id.
     *
     * @param what what the id stands for if the domain has none yet
     * @throws IllegalStateException if no id is left
     */
    synchronized int acquire(Domain domain, StageTables what) {
        Use use = uses.get(domain);
        if (use == null) {
            int id = taken.nextClearBit(1);
            if (id > LAST) {
                throw new IllegalStateException(
                        "domain %s can't be attached: all %d domain ids of the unit are in use; detach another domain"
                                .formatted(domain.name(), LAST));
            }
            taken.set(id);
            tables.put(id, what);
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
            tables.put(use.id, null);
            taken.clear(use.id);
        }
    }

    /** A domain's id. The monitor guards the field. */
    private static final class Use {
        private final int id;
        private int attachments;

        Use(int id) {
            this.id = id;
        }
    }
}
