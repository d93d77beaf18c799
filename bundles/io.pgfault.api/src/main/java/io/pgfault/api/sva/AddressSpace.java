// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.sva;

import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A process's address space: areas, and the page table that devices bound to it walk (kernel: {@code struct mm_struct}).
 * Made by {@link Sva}, which is also who implements it. A handler finds it as its group's {@code domain().pageTable()}.
 * Any thread.
 */
@ProviderType
public interface AddressSpace extends PageTable, AutoCloseable {
    /** Service property, {@code String}, of address spaces that were made from configuration: the name. */
    String NAME = "io.pgfault.address.space.name";

    /** Its name, for people. */
    String name();

    /** The areas, in order of address. */
    List<Area> areas();

    /** The area that holds {@code address}. */
    Optional<Area> find(long address);

    /**
     * Populates the page that holds {@code address} for an access (rules S02, S04; kernel: {@code handle_mm_fault}).
     *
     * @param permissions what the access needs
     * @return SUCCESS if the page is there for that access now; INVALID if there is no area, the area doesn't grant the
     *     permission, or the address space is gone
     */
    ResponseCode populate(long address, int permissions);

    /**
     * Whether the page that holds {@code address} is resident and its mapping grants an access, so that {@link #populate}
     * would succeed without work (compare {@code mincore}). Never blocks, takes no lock and allocates nothing: a handler
     * may call this method on the unit's event thread. Another thread may unmap the page before the caller looks at the
     * result; a device that meets that faults again.
     *
     * @param address a byte address, any of 64 bits
     * @param permissions bits of {@code Permissions} that the access needs; {@code PRIV} is not asked of the mapping
     * @since 1.1
     */
    default boolean isResident(long address, int permissions) {
        return Translation.grants(walk(address), permissions);
    }

    /** How many distinct pages have been populated and are mapped. */
    long populatedPages();

    /**
     * Maps anonymous memory, in place of what was mapped there (POSIX: {@code mmap}, {@code MAP_FIXED}). Pages read as
     * zeros and get memory when they are touched.
     *
     * @param start address of the first byte, a multiple of the page size
     * @param length in bytes, at least 1; rounded up to whole pages
     * @param permissions what the area grants: READ, WRITE, EXEC
     * @param shared a {@link #fork} shares the pages; else it copies them on write
     * @return the area
     * @throws IllegalArgumentException if the range is not one, or leaves the 64-bit address space
     * @throws IllegalStateException if the process has exited
     * @throws UnsupportedOperationException if this address space can't be changed
     */
    default Area mmap(long start, long length, int permissions, boolean shared) {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /**
     * Maps a file, in place of what was mapped there. Pages are read from the file when they are touched; a page that lies
     * wholly beyond the end of the file, at the time it is touched, is INVALID. Private: writes stay here. Shared: all who
     * map the file shared see them, and they reach the file at {@link #msync}, when the area goes, or when the memory is
     * needed for other pages.
     *
     * @param offset byte offset of {@code start} in the file, a multiple of the page size
     * @throws IOException if the file can't be opened for what the area grants
     * @throws IllegalArgumentException as {@link #mmap(long, long, int, boolean)}
     * @throws IllegalStateException if the process has exited
     * @throws UnsupportedOperationException if this address space can't be changed
     */
    default Area mmap(long start, long length, int permissions, boolean shared, Path file, long offset)
            throws IOException {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /**
     * Unmaps a range; parts of it may be unmapped already. When this returns, no device uses what was mapped there (rule
     * S06), and its memory has been given back. Changed pages of files mapped shared have been written to them.
     */
    default void munmap(long start, long length) {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /**
     * Sets what a range grants. When this returns, no device uses more than that (rule S06).
     *
     * @throws IllegalArgumentException if not all of the range is mapped; nothing has changed then
     */
    default void mprotect(long start, long length, int permissions) {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /** Writes the changed pages of all files that are mapped shared to their files. */
    default void msync() throws IOException {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /**
     * A copy of this address space as it is now: shared areas are shared with it, private pages are copied when one of the
     * two writes to them. It has no bindings.
     *
     * @throws IllegalStateException if the process has exited
     */
    default AddressSpace fork(String name) {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /**
     * The process exits: what is mapped goes, and every later fault is answered INVALID. Bindings stay until they are
     * closed. Idempotent.
     */
    @Override
    void close();
}
