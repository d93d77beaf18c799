// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.parts.DomainIds;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.remap.DomainTables;
import io.pgfault.vtd.internal.hardware.walk.StageTables;

/**
 * What the tables of all devices of a unit share.
 *
 * @param unit the unit's name
 * @param memory the memory that holds the tables
 * @param fiveLevel whether the unit walks five levels
 */
public record UnitTables(
        String unit,
        Memory memory,
        RootTable root,
        DomainIds<Domain, StageTables> ids,
        Invalidations invalidations,
        boolean fiveLevel) {
    /**
     * Tables of a unit without devices.
     *
     * @param domains where the hardware model looks up what a domain id stands for
     */
    public UnitTables(
            String unit,
            Memory memory,
            RootTable root,
            DomainTables domains,
            Invalidations invalidations,
            boolean fiveLevel) {
        this(unit, memory, root, new DomainIds<>("domain id", Domain::name, domains::put), invalidations, fiveLevel);
    }
}
