// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

/**
 * Producer and consumer index registers of a queue (IHI 0070, 3.5), for a queue of 2^{@code log2} records, 0 &lt;= log2
 * &lt;= 19.
 *
 * <pre>
 *  31   30                         log2+1  log2  log2-1                      0
 * +----+---------------------------------+------+-----------------------------+
 * | OV |                0                | wrap |            index            |
 * +----+---------------------------------+------+-----------------------------+
 * </pre>
 *
 * Index and wrap bit together count modulo twice the size: the queue is empty when they are equal in both registers,
 * and full when the indices are equal and the wrap bits differ. OV in the producer register (OVFLG) flips when a record
 * is lost; software acknowledges by making OV of the consumer register (OVACKFLG) equal to it. The consumer register of
 * the command queue has an error code in bits 30:24 instead, see {@link Registers}.
 */
public final class QueueRegisters {
    /** OVFLG of a producer register, OVACKFLG of a consumer register: bit 31. */
    public static final int OVERFLOW = 1 << 31;

    /** Largest {@code log2} of a queue in this architecture. */
    public static final int LOG2_MAX = 19;

    private QueueRegisters() {}

    /** The slot that the register points at, 0 to 2^log2 - 1. */
    public static int index(int register, int log2) {
        return register & (1 << log2) - 1;
    }

    /** The wrap bit, 0 or 1. */
    public static int wrap(int register, int log2) {
        return register >>> log2 & 1;
    }

    /** Index and wrap bit alone. */
    public static int position(int register, int log2) {
        return register & (2 << log2) - 1;
    }

    /** The register moved on by one record; the overflow bit stays as it is, all others become zero. */
    public static int next(int register, int log2) {
        return advance(register, 1, log2);
    }

    /** The register moved on by {@code records}; the overflow bit stays as it is, all others become zero. */
    public static int advance(int register, int records, int log2) {
        return (register & OVERFLOW) | position(register + records, log2);
    }

    /** Whether there is nothing to consume. */
    public static boolean isEmpty(int producer, int consumer, int log2) {
        return position(producer, log2) == position(consumer, log2);
    }

    /** Whether there is no room. */
    public static boolean isFull(int producer, int consumer, int log2) {
        return (position(producer, log2) ^ position(consumer, log2)) == 1 << log2;
    }

    /** How many records are to be consumed, 0 to 2^log2. */
    public static int count(int producer, int consumer, int log2) {
        return position(position(producer, log2) - position(consumer, log2), log2);
    }

    /** Whether an overflow has happened that is not acknowledged yet. */
    public static boolean overflowed(int producer, int consumer) {
        return ((producer ^ consumer) & OVERFLOW) != 0;
    }

    /** The consumer register that acknowledges the overflow that {@code producer} shows. */
    public static int acknowledge(int producer, int consumer) {
        return (consumer & ~OVERFLOW) | (producer & OVERFLOW);
    }
}
