// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.timeline;

/**
 * A group from its first request to its answer. Times are nanoseconds.
 *
 * @param unit the unit's name
 * @param device the device's name
 * @param index the group index or stall tag
 * @param address the address of the first request
 * @param handler the name of the handler that took the group; empty if no handler did
 * @param code the answer
 * @param answeredAt when the answer was at the driver, since the epoch
 * @param toClose from the first request to the last one
 * @param toTaken from then to the call of the handler that took the group; 0 if no handler did
 * @param toAnswer from then to the answer
 */
public record TimedGroup(
        String unit,
        String device,
        int index,
        long address,
        String handler,
        String code,
        long answeredAt,
        long toClose,
        long toTaken,
        long toAnswer) {}
