// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The memory behind translated addresses: what devices read and write once they have a translation.
 *
 * <p>The owner of the page frames registers this service. If a domain has memory of its own, the domain's page table
 * implements this interface instead. Any thread may call any method; transfers of several threads to the same bytes are
 * not atomic, as on a bus.
 *
 * <p>A device transfers only while an access of it holds the translation, so an invalidation waits for the transfer
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

    /** How many page frames there may be in all: the budget. */
    long frames();

    /** How many of them are in use now. */
    long framesInUse();
}
