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
 * The address space of a process: areas, and the page table that bound devices walk (kernel: {@code struct mm_struct}).
 * {@link Sva} makes address spaces. A handler finds the address space of a group as {@code domain().pageTable()}. Any
 * thread may call any method.
 */
@ProviderType
public interface AddressSpace extends PageTable, AutoCloseable {
    /** Service property, {@code String}: the name of an address space that was made from a configuration. */
    String NAME = "io.pgfault.address.space.name";

    /** The name, for people. */
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
     * Whether the page that holds {@code address} is resident and its mapping grants an access, so that
     * {@link #populate} would succeed without work (compare {@code mincore}). Never blocks, takes no lock and allocates
     * nothing: a handler may call this method on the unit's event thread. Another thread may unmap the page before the
     * caller looks at the result; a device that meets that faults again.
     *
     * @param address a byte address, any of 64 bits
     * @param permissions bits of {@code Permissions} that the access needs; {@code PRIV} is not asked of the mapping
     * @since 1.1
     */
    default boolean isResident(long address, int permissions) {
        return Translation.grants(walk(address), permissions);
    }

    /**
     * Finds the mapped pages of a range that devices have touched since their marks were last cleared (compare the
     * accessed bit of a page table entry and the kernel's idle page tracking). A policy that populates pages ahead
     * learns here which of them were of use.
     *
     * <p>The mark of a page is set when a unit walks the page table for a device and finds the page mapped. A device
     * that uses a cached translation walks nothing, so the page keeps the mark that it has: see {@link #clearTouched}.
     * {@link #populate} and {@link #isResident} set no mark. Unmapping a page clears the page's mark. A walk that runs
     * while another thread unmaps the page may leave a mark on the page that is mapped there next.
     *
     * <p>Takes no lock, and may be called on any thread. A page that a device touches during the call may be found or
     * not.
     *
     * @param address byte address in the first page of the range
     * @param length of the range in bytes, unsigned, at least 1; the range ends at the top of the address space at most
     * @param pages receives each page that is found, in order of address, before this method returns
     * @throws IllegalArgumentException if {@code length} is 0 or the range leaves the address space
     * @throws UnsupportedOperationException if this address space keeps no marks
     * @since 1.1
     */
    default void touched(long address, long length, TouchedPages pages) {
        throw new UnsupportedOperationException("address space '" + name() + "' keeps no marks of touched pages");
    }

    /**
     * Clears the marks of touched pages in a range, and invalidates what devices have cached of the range. When this
     * returns, the next access of each device to each page of the range sets the page's mark again.
     *
     * <p>The call costs a round trip to every bound device, and each device a translation request for each page that
     * the device uses again.
     *
     * @param address as {@link #touched}
     * @param length as {@link #touched}
     * @throws IllegalArgumentException as {@link #touched}
     * @throws UnsupportedOperationException if this address space keeps no marks
     * @since 1.1
     */
    default void clearTouched(long address, long length) {
        throw new UnsupportedOperationException("address space '" + name() + "' keeps no marks of touched pages");
    }

    /** How many distinct pages have been populated and are mapped. */
    long populatedPages();

    /**
     * Maps anonymous memory, in place of what was mapped there (POSIX: {@code mmap}, {@code MAP_FIXED}). Pages read as
     * zeros and get a page frame when they are touched.
     *
     * @param start address of the first byte, a multiple of the page size
     * @param length in bytes, at least 1; rounded up to whole pages
     * @param permissions what the area grants: READ, WRITE, EXEC
     * @param shared a {@link #fork} shares the pages; else it copies them on write
     * @return the area
     * @throws IllegalArgumentException if the range is not one, or leaves what the address space can map
     * @throws IllegalStateException if the process has exited
     * @throws UnsupportedOperationException if this address space can't be changed
     */
    default Area mmap(long start, long length, int permissions, boolean shared) {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /**
     * Maps a file, in place of what was mapped there. A page is read from the file when it is touched. A page that lies
     * wholly beyond the end of the file at that time is INVALID. Writes to a private area stay in this address space.
     * Writes to a shared area are seen by every shared mapping of the file; they reach the file at {@link #msync}, when
     * the area is unmapped, or when the page frame is needed for another page.
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
     * Unmaps a range; parts of the range may be unmapped already. When the call returns, no device uses what was mapped
     * there (rule S06), its page frames are free, and changed pages of shared file mappings have been written to their
     * files.
     */
    default void munmap(long start, long length) {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /**
     * Sets the permissions of a range. When the call returns, no device uses a permission that was taken away (rule
     * S06).
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
     * Makes a copy of this address space as it is now. Both share the shared areas; a private page is copied when one
     * of the two address spaces writes to it. The copy has no bindings.
     *
     * @throws IllegalStateException if the process has exited
     */
    default AddressSpace fork(String name) {
        throw new UnsupportedOperationException("address space '" + name() + "' can't be changed");
    }

    /**
     * Ends the process: everything is unmapped, and every later fault is answered INVALID. Bindings stay until they are
     * closed. Idempotent.
     */
    @Override
    void close();
}
