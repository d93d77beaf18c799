// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

/**
 * The page requests of a group: an address and its permissions each, the last one at the end. One thread fills the
 * arrays; no thread changes them after the group has been reported.
 *
 * @param id the index of the group
 * @param addresses in order of arrival
 * @param permissions bits of {@code Permissions}, as many as addresses
 */
@SuppressWarnings("ArrayRecordComponent") // No code compares values of this record; a list would box every address.
public record Requests(int id, long[] addresses, int[] permissions) {
    /** How many requests there are. */
    public int size() {
        return addresses.length;
    }
}
