// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.parts.DomainIds;
import io.pgfault.smmuv3.internal.hardware.remap.DomainTables;
import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;

/**
 * What the tables of all devices of a unit share.
 *
 * @param unit the unit's name
 * @param memory the memory that holds the tables
 */
public record UnitTables(
        String unit,
        TableMemory memory,
        StreamTable streams,
        DomainIds<Domain, StageTables.OfAsid> asids,
        DomainIds<Domain, StageTables.Nested> vmids,
        Invalidations invalidations) {
    /**
     * Empty tables.
     *
     * @param domains where the hardware model looks up what an ASID or a VMID stands for
     */
    public UnitTables(String unit, TableMemory memory, DomainTables domains, CommandSink commands) {
        this(
                unit,
                memory,
                new StreamTable(memory),
                new DomainIds<>("ASID", Domain::name, domains::putAsid),
                new DomainIds<>("VMID", Domain::name, domains::putVmid),
                new Invalidations(commands));
    }
}
