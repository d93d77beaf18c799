// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.util.List;
import java.util.Optional;

/**
 * An address space in which every access of a device faults, although its pages are resident: {@link #walk} finds
 * nothing, while {@link #isResident} and {@link #populate} are those of the space behind it.
 *
 * <p>A device that stalls transactions has no other way to fault on a resident page: the unit would walk the page
 * table, find the page and fault on nothing. Any thread.
 */
public final class FaultingSpace implements AddressSpace {
    private final AddressSpace resident;

    /** @param resident the address space that resolves the faults; {@link #close} closes it */
    public FaultingSpace(AddressSpace resident) {
        this.resident = resident;
    }

    @Override
    public String name() {
        return resident.name();
    }

    @Override
    public List<Area> areas() {
        return resident.areas();
    }

    @Override
    public Optional<Area> find(long address) {
        return resident.find(address);
    }

    @Override
    public boolean isResident(long address, int permissions) {
        return resident.isResident(address, permissions);
    }

    @Override
    public ResponseCode populate(long address, int permissions) {
        return resident.populate(address, permissions);
    }

    @Override
    public long populatedPages() {
        return resident.populatedPages();
    }

    /** Finds nothing, for every address. */
    @Override
    public long walk(long address) {
        return Translation.NONE;
    }

    @Override
    public void close() {
        resident.close();
    }
}
