// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.vtd.internal.hardware.Memory;

/**
 * What the tables of all devices of a unit share.
 *
 * @param unit the unit's name
 * @param memory the memory that holds the tables
 * @param fiveLevel whether the unit walks five levels
 */
public record UnitTables(
        String unit, Memory memory, RootTable root, DomainIds ids, Invalidations invalidations, boolean fiveLevel) {}
