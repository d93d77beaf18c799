// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.sva;

import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
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

    /** How many distinct pages have been populated and are mapped. */
    long populatedPages();

    /**
     * The process exits: what is mapped goes, and every later fault is answered INVALID. Bindings stay until they are
     * closed. Idempotent.
     */
    @Override
    void close();
}
