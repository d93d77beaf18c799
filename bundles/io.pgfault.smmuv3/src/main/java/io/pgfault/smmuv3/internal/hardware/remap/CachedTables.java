// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.remap;

import io.pgfault.api.PageTable;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.smmuv3.internal.hardware.walk.Configuration;
import io.pgfault.smmuv3.internal.hardware.walk.ConfigurationWalker;
import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import io.pgfault.smmuv3.internal.hardware.walk.StreamTables;
import io.pgfault.smmuv3.internal.hardware.walk.Walker;

/**
 * What a transaction is translated with: from the configuration cache, else from the stream table and the context
 * descriptors (rules T04, T05). A lookup that the cache serves allocates nothing. Any thread.
 *
 * <p><b>Invariant:</b> between the reads of the tables that one answer comes from, no invalidation began. A thread that
 * sees the generation of the caches changed looks up anew. So software may use memory of tables, ASIDs and VMIDs for
 * something else as soon as their invalidation has been executed, however long a translating thread is held up.
 */
final class CachedTables {
    private final ConfigurationWalker configurations;
    private final Walker ownWalker;
    private final DomainTables domains;
    private final Caches caches;
    /** Where software has put the stream table. The thread that sets it writes; translating threads read. */
    private volatile StreamTables streams = new StreamTables(0, 0, false, 0);

    /**
     * @param memory the memory that holds the stream table
     * @param contexts the memory that holds the unit's own context descriptors and page tables
     */
    CachedTables(PhysicalMemory memory, PhysicalMemory contexts, DomainTables domains, Caches caches) {
        this.configurations = new ConfigurationWalker(memory, contexts, domains::ofVmid);
        this.ownWalker = new Walker(contexts);
        this.domains = domains;
        this.caches = caches;
    }

    void streams(StreamTables tables) {
        streams = tables;
    }

    /** The configuration of a transaction. The cache keeps no configuration that doesn't translate. */
    Configured configuration(int streamId, int substreamId) {
        Configured cached = caches.configuration(streamId, substreamId);
        if (cached != null) {
            return cached;
        }
        while (true) {
            long began = caches.generation();
            Configured found = look(streamId, substreamId);
            if (caches.generation() == began) {
                if (found.translates()) {
                    caches.put(began, found);
                }
                return found;
            }
        }
    }

    private Configured look(int streamId, int substreamId) {
        Configuration found = configurations.walk(streams, streamId, substreamId);
        Walker walker = ownWalker;
        PageTable object = null;
        StageTables.Nested client = found.stage2() == null ? null : domains.ofVmid(found.vmid());
        if (client != null) {
            walker = new Walker(client.memory());
        } else if (found.stage1() != null) {
            StageTables.OfAsid tables = domains.ofAsid(found.stage1().asid());
            if (tables instanceof StageTables.InMemory bytes) {
                walker = new Walker(bytes.memory());
            } else if (tables instanceof StageTables.Walked walked) {
                object = walked.table();
            }
        }
        return new Configured(streamId, substreamId, found, walker, object);
    }
}
