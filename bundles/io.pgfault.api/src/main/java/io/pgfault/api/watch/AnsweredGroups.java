// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

/**
 * How many groups of a device one handler has answered, since the device was made known. Counts never fall.
 *
 * @param unit the name of the device's unit
 * @param device the device's name
 * @param handler the symbolic name of the bundle whose handlers answered; {@link #CORE} for groups that the core
 *     answered itself, {@link #OTHERS} for handlers of bundles beyond the first {@value #BUNDLES}. A bundle that comes
 *     back keeps its name, so names are few however often handlers are replaced.
 * @param success groups answered SUCCESS
 * @param invalid groups answered INVALID
 * @param failure groups answered FAILURE, also because the handler threw
 */
public record AnsweredGroups(String unit, String device, String handler, long success, long invalid, long failure) {
    /** The name for answers of the core: no handler, refused, a bound, a deadline, a device or queue that left. */
    public static final String CORE = "core";

    /** The name for the bundles that have no count of their own. */
    public static final String OTHERS = "others";

    /** How many bundles have a count of their own, for each device. */
    public static final int BUNDLES = 15;
}
