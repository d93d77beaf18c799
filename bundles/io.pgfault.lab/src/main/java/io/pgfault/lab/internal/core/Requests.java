// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

/**
 * The page requests of a group: an address and its permissions each, the last one at the end. One thread fills the
 * arrays; they aren't changed once the group is on its way.
 *
 * @param id the index of the group
 * @param addresses in order of arrival
 * @param permissions bits of {@code Permissions}, as many as addresses
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody; a list would box every address.
public record Requests(int id, long[] addresses, int[] permissions) {
    /** How many requests there are. */
    public int size() {
        return addresses.length;
    }
}
