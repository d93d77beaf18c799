// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The memory behind translated addresses: what devices read and write once they have a translation.
 *
 * <p>The owner of the page frames registers this service. If a domain has memory of its own, the domain's page table
 * implements this interface instead. Any thread may call any method; transfers of several threads to the same bytes are
 * not atomic, as on a bus.
 *
 * <p>A device transfers only while one of its accesses holds the translation, so an invalidation waits for the transfer
 * (rule S06). The frame of an unmapped page has a new owner as soon as the invalidation has returned.
 */
@ProviderType
public interface PhysicalMemory {
    /**
     * Reads from memory: {@code to.remaining()} bytes go to {@code to}, whose position advances.
     *
     * @param address the translated address of the first byte; the bytes lie within one page
     * @return false if there is no memory at that address; nothing has been read
     * @throws IndexOutOfBoundsException if the bytes don't lie within one page
     */
    boolean read(long address, ByteBuffer to);

    /**
     * Writes to memory: the remaining bytes of {@code from}, whose position advances.
     *
     * @param address as for {@link #read}
     * @return false if there is no memory at that address; nothing has been written
     * @throws IndexOutOfBoundsException if the bytes don't lie within one page
     */
    boolean write(long address, ByteBuffer from);

    /**
     * Copies within memory.
     *
     * @param from the translated address of the first byte to read, as for {@link #read}
     * @param to the translated address of the first byte to write, as for {@link #read}; the ranges don't overlap
     * @param length how many bytes
     * @return false if there is no memory at one of the addresses; nothing has been written
     * @throws IndexOutOfBoundsException if the bytes don't lie within one page each
     */
    default boolean copy(long from, long to, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        return read(from, bytes) && write(to, bytes.flip());
    }

    /**
     * Reads one 64-bit word as a walk of a page table does: little-endian, and in one access, so that a walk sees an
     * entry before or after another thread's change, never half of each. The default reads in bytes, allocates, and
     * promises no single access; the owner of memory that holds page tables overrides it.
     *
     * @param address a multiple of 8
     * @return the word; 0 if there is no memory at that address, see {@link #contains}
     */
    default long load(long address) {
        ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return read(address, word) ? word.getLong(0) : 0;
    }

    /**
     * Replaces a 64-bit word if it holds {@code expected}, in one atomic access; little-endian as {@link #load}. The
     * default is atomic only against its own calls.
     *
     * @param address a multiple of 8
     * @return whether the word was replaced; false if there is no memory at that address
     */
    default boolean compareAndSet(long address, long expected, long value) {
        synchronized (this) {
            return contains(address)
                    && load(address) == expected
                    && write(
                            address,
                            ByteBuffer.allocate(Long.BYTES)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putLong(0, value));
        }
    }

    /** Whether there is memory for the word at an address, a multiple of 8. */
    default boolean contains(long address) {
        return read(address, ByteBuffer.allocate(Long.BYTES));
    }

    /** How many page frames there may be in all: the budget. */
    long frames();

    /** How many of them are in use now. */
    long framesInUse();
}
