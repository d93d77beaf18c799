// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.function.Function;

/**
 * The ids by which a unit's caches know domains, 16 bits: domain ids of VT-d, ASIDs and VMIDs of SMMUv3. A domain has
 * one id from its first attachment to a device of the unit to its last (kernel: {@code domain_attach_iommu}, {@code
 * arm_smmu_asid_xa}, {@code vmid_map}). Any thread.
 *
 * @param <D> the domains, compared by identity
 * @param <T> what an id stands for
 */
public final class DomainIds<D, T> {
    private static final int LAST = 0xffff;

    /** Where the hardware model looks up what an id stands for. */
    @FunctionalInterface
    public interface Registry<T> {
        /** Says what an id stands for from now on; null for nothing. */
        void put(int id, T what);
    }

    private final String kind;
    private final Function<D, String> name;
    private final Registry<T> registry;
    /** Guarded by the monitor. */
    private final IdentityHashMap<D, Use> uses = new IdentityHashMap<>();
    /**
     * Ids in use. 0 is never given: VMID 0 tags the host's first stages, and software that knows VT-d's caching mode
     * expects no domain with id 0. Guarded by the monitor.
     */
    private final BitSet taken = new BitSet();

    /**
     * Ids of which none is in use.
     *
     * @param kind the name of these ids, for messages
     * @param name the name of a domain, for messages
     * @param registry is told what an id stands for, under the monitor
     */
    public DomainIds(String kind, Function<D, String> name, Registry<T> registry) {
        this.kind = kind;
        this.name = name;
        this.registry = registry;
        taken.set(0);
    }

    /**
     * One more attachment of a domain; returns the domain's id.
     *
     * @param what what the id stands for if the domain has none yet
     * @throws IllegalStateException if no id is left
     */
    public synchronized int acquire(D domain, T what) {
        Use use = uses.get(domain);
        if (use == null) {
            int id = taken.nextClearBit(1);
            if (id > LAST) {
                throw new IllegalStateException(
                        "domain %s can't be attached: all %d %ss of the unit are in use; detach another domain"
                                .formatted(name.apply(domain), LAST, kind));
            }
            taken.set(id);
            registry.put(id, what);
            use = new Use(id);
            uses.put(domain, use);
        }
        use.attachments++;
        return use.id;
    }

    /** One attachment less. Unit and device have forgotten what came from the attachment. */
    public synchronized void release(D domain) {
        Use use = uses.get(domain);
        use.attachments--;
        if (use.attachments == 0) {
            uses.remove(domain);
            registry.put(use.id, null);
            taken.clear(use.id);
        }
    }

    /** A domain's id and the number of its attachments. The monitor of the ids guards the number. */
    private static final class Use {
        private final int id;
        private int attachments;

        Use(int id) {
            this.id = id;
        }
    }
}
