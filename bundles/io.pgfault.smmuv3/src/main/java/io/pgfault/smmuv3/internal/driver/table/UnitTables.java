// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.parts.DomainIds;
import io.pgfault.smmuv3.internal.hardware.remap.DomainTables;
import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.spec.Features;

/**
 * What the tables of all devices of a unit share.
 *
 * @param unit the unit's name
 * @param features what the unit has
 * @param memory the memory that holds the tables of context descriptors
 */
public record UnitTables(
        String unit,
        Features features,
        TableMemory memory,
        StreamTable streams,
        DomainIds<Domain, StageTables.OfAsid> asids,
        DomainIds<Domain, StageTables.Nested> vmids,
        Invalidations invalidations) {
    /**
     * Empty tables.
     *
     * @param memory the memory of the stream table
     * @param contexts the memory of the tables of context descriptors, the same unless the unit is a guest's
     * @param domains where the hardware model looks up what an ASID or a VMID stands for
     */
    public UnitTables(
            String unit,
            Features features,
            TableMemory memory,
            TableMemory contexts,
            DomainTables domains,
            CommandSink commands) {
        this(
                unit,
                features,
                contexts,
                new StreamTable(memory, features.streamBits()),
                new DomainIds<>("ASID", Domain::name, domains::putAsid),
                new DomainIds<>("VMID", Domain::name, domains::putVmid),
                new Invalidations(commands));
    }
}
