// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.dma;

/**
 * What came of a {@link Descriptor}.
 *
 * @param status how it ended
 * @param bytes how many bytes were done; all of them, unless it failed or a compare found a difference
 * @param result the result of the operation, 0 if it has none; of a checksum that failed, the checksum of what was done
 * @param faultAddress the address at which it failed, in bytes; 0 unless it failed
 * @param requests how many page requests (or stalled transactions) it took
 * @param groups in how many groups they were sent
 */
public record Completion(Status status, long bytes, long result, long faultAddress, long requests, long groups) {
    /** How a descriptor ended. */
    public enum Status {
        /** Done. */
        SUCCESS,
        /**
         * A page could not be granted. Within a group of requests an error sticks: pages before the one that failed are
         * there, and what lies before {@link Completion#faultAddress} has been done; later ones were not tried (rule S03).
         */
        INVALID,
        /** The host failed to answer, and the device is off until it is reset. */
        FAILED,
        /** The page has no memory behind it. */
        NO_MEMORY,
        /** The unit or the engine went while the descriptor was worked on, or before. */
        DISCONNECTED
    }
}
