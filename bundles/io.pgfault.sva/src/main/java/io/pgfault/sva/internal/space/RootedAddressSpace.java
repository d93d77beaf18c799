// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.frame.PageFrames;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.sva.internal.table.EntryFormat;
import io.pgfault.sva.internal.table.FramePageTable;
import java.util.List;

/**
 * An address space whose page table lies in page frames, so that a unit of the format's architecture is given the root
 * and walks alone (rules T01, T03). Any thread.
 */
public final class RootedAddressSpace extends ProcessAddressSpace implements RootedTable {
    private final SystemMemory memory;
    private final FramePageTable table;

    /** An address space without areas. */
    public RootedAddressSpace(String name, TableFormat format, SystemMemory memory) {
        this(name, Areas.NONE, newTable(format, memory), memory);
    }

    private RootedAddressSpace(String name, Areas areas, FramePageTable table, SystemMemory memory) {
        super(name, areas, table, memory);
        this.memory = memory;
        this.table = table;
    }

    /**
     * An address space of the areas of a process of this machine, with memory; see {@link ProcessAreas}. The areas that
     * the format can't map have no memory: those of the kernel's half, such as {@code [vsyscall]}.
     *
     * @throws IllegalArgumentException if two areas overlap; the message names both
     */
    static RootedAddressSpace withMemory(String name, List<Area> areas, TableFormat format, SystemMemory memory) {
        FramePageTable table = newTable(format, memory);
        ProcessAreas maker = new ProcessAreas(name, memory.objects(), lastAddress(table));
        return new RootedAddressSpace(name, areas(name, areas, maker::withMemory), table, memory);
    }

    private static FramePageTable newTable(TableFormat format, SystemMemory memory) {
        return new FramePageTable(memory.pageFrames(), EntryFormat.of(format));
    }

    @Override
    ProcessAddressSpace sibling(String name, Areas areas) {
        return new RootedAddressSpace(name, areas, newTable(format(), memory), memory);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the process has exited, or no frame is left for the root
     */
    @Override
    public long root() {
        // A thread that closes looks for bindings after closed() is true, and frees the root if there are none.
        while (!closed()) {
            long root = table.root();
            if (root != PageFrames.NONE) {
                return root;
            }
            if (!memory.reclaim().direct()) {
                throw noTable();
            }
        }
        throw gone();
    }

    @Override
    public TableFormat format() {
        return table.format().format();
    }

    @Override
    public PhysicalMemory memory() {
        return memory;
    }
}
