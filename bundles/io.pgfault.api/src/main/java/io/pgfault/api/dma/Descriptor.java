// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.dma;

/**
 * One piece of work for a {@link DmaEngine}. Addresses are virtual, in bytes, of any alignment, in the address space
 * that the engine is bound to.
 *
 * @param operation what to do
 * @param source where to read, in bytes; {@link Operation#COMPARE}: the first range; {@link Operation#FILL}: ignored
 * @param destination where to write; {@link Operation#COMPARE}: the second range, which is read; {@link
 *     Operation#CRC32C}: ignored
 * @param length how many bytes, 0 or more
 * @param pattern {@link Operation#FILL}: eight bytes that are repeated, the lowest byte first; else ignored
 */
public record Descriptor(Operation operation, long source, long destination, long length, long pattern) {
    /** What an engine can do. */
    public enum Operation {
        /** Copies. The result is undefined if the ranges overlap. */
        COPY,
        /** Fills with a pattern. */
        FILL,
        /** Compares two ranges; the result is the number of equal bytes before the first difference. */
        COMPARE,
        /** Computes a CRC-32C (Castagnoli, RFC 3720); the result is the checksum, 32 bits unsigned. */
        CRC32C
    }

    /** Checks the length. */
    public Descriptor {
        if (length < 0) {
            throw new IllegalArgumentException("the length of a descriptor is 0 or more, got " + length);
        }
    }

    /** Copies. */
    public static Descriptor copy(long source, long destination, long length) {
        return new Descriptor(Operation.COPY, source, destination, length, 0);
    }

    /** Fills with a pattern. */
    public static Descriptor fill(long destination, long length, long pattern) {
        return new Descriptor(Operation.FILL, 0, destination, length, pattern);
    }

    /** Compares. */
    public static Descriptor compare(long first, long second, long length) {
        return new Descriptor(Operation.COMPARE, first, second, length, 0);
    }

    /** Computes a checksum. */
    public static Descriptor crc32c(long source, long length) {
        return new Descriptor(Operation.CRC32C, source, 0, length, 0);
    }
}
