// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.sva;

import io.pgfault.api.Device;
import io.pgfault.api.TableFormat;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Shared virtual addressing (kernel: {@code iommu-sva.c}), a service. Any thread may call any method. */
@ProviderType
public interface Sva {
    /** The kind of domain that SVA allocates and its handler serves. */
    String DOMAIN_KIND = "sva";

    /**
     * Makes an empty address space; {@link AddressSpace#mmap} fills it. Its page table lies in page frames, as
     * {@link #create(String, TableFormat)} says, in the format {@link TableFormat#X86_FOUR_LEVELS}.
     *
     * @throws UnsupportedOperationException if this service makes address spaces of given areas only
     */
    default AddressSpace create(String name) {
        throw new UnsupportedOperationException("no address space '" + name + "': areas have to be given");
    }

    /**
     * Makes an empty address space whose page table lies in page frames in the format of an architecture. The address
     * space is a {@link io.pgfault.api.RootedTable}: a unit of that architecture gets the root and walks alone, every
     * other unit calls {@code walk}. User addresses have 47 bits with {@link TableFormat#X86_FOUR_LEVELS}, 56 with
     * {@link TableFormat#X86_FIVE_LEVELS} and 48 with {@link TableFormat#AARCH64_FOUR_LEVELS}.
     *
     * @throws UnsupportedOperationException if this service makes no such address spaces
     * @since 1.1
     */
    default AddressSpace create(String name, TableFormat format) {
        throw new UnsupportedOperationException("no address space '" + name + "' with a page table of " + format);
    }

    /**
     * Makes an address space of recorded areas, the areas of a process on some other machine. The permissions of the
     * areas decide faults. Pages are accounted and have no memory, and the areas' files are not read. A device that
     * transfers bytes there meets no memory.
     *
     * @throws IllegalArgumentException if areas overlap; the message names them
     */
    AddressSpace create(String name, List<Area> areas);

    /**
     * Binds a device to an address space (rule S01; kernel: {@code iommu_sva_bind_device}). The address space gets a
     * PASID with its first binding and keeps the PASID until its last binding is closed. Binding again takes a
     * reference.
     *
     * @throws IllegalStateException if no PASID is left or the address space is gone
     */
    Binding bind(Device device, AddressSpace space);

    /**
     * Binds a device with a PASID that the caller chooses, for recorded faults whose PASIDs are given.
     *
     * @throws IllegalStateException if the PASID belongs to another address space, the address space has another PASID,
     *     or the address space is gone
     */
    Binding bind(Device device, AddressSpace space, int pasid);
}
