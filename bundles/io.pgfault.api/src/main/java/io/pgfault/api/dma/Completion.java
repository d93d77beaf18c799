// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.dma;

/**
 * The result of a {@link Descriptor}.
 *
 * @param status how the descriptor ended
 * @param bytes how many bytes were done: all, unless the descriptor failed or a compare found a difference
 * @param result the result of the operation, 0 if there is none; of a failed checksum, the checksum of the bytes done
 * @param faultAddress the address at which the descriptor failed, in bytes; 0 unless it failed
 * @param requests how many page requests (or stalled transactions) the descriptor took
 * @param groups how many groups these requests were sent in
 */
public record Completion(Status status, long bytes, long result, long faultAddress, long requests, long groups) {
    /** How a descriptor ended. */
    public enum Status {
        /** Done. */
        SUCCESS,
        /**
         * A page could not be granted. Within a group of requests an error is sticky (rule S03): pages before the
         * failed page are present and done up to {@link Completion#faultAddress}; pages after it were not tried.
         */
        INVALID,
        /** The host failed to answer, and the device is off until it is reset. */
        FAILED,
        /** The page has no memory behind it. */
        NO_MEMORY,
        /** The unit or the engine was disconnected before the descriptor ended. */
        DISCONNECTED
    }
}
