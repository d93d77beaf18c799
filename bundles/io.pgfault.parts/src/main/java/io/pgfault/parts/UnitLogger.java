// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

/**
 * The logger of a unit, whose level a person sets without those of other units. What drivers and the core say about a
 * unit, its queues and its devices goes there; what concerns no unit goes to the logger of its class.
 */
public final class UnitLogger {
    /** What the names of the loggers begin with; the unit's name follows. */
    public static final String PREFIX = "io.pgfault.unit.";

    private UnitLogger() {}

    /**
     * The logger of a unit. Units of the same name, now and later, have the same logger. Any thread.
     *
     * @param unit the unit's name ({@code io.pgfault.unit.name})
     */
    public static System.Logger of(String unit) {
        return System.getLogger(PREFIX + unit);
    }
}
