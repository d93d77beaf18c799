// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.Translation;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.cache.MemoryObject;
import io.pgfault.sva.internal.cache.MemoryObjects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Gives memory to the areas of a process that runs or ran on this machine, by the areas' names (proc_pid_maps(5)).
 *
 * <ul>
 *   <li>No name, {@code [heap]}, {@code [stack]}, {@code [anon:...]}: anonymous memory, zeros at first. The contents
 *       that the process had there stay with the process.
 *   <li>The path of a file that can be read: the file, opened for reading only and mapped private, so that no write
 *       here reaches a file of the process.
 *   <li>Every other name, such as a device, {@code (deleted)}, {@code [vdso]}, {@code [vsyscall]} and
 *       {@code anon_inode:...}: an area whose pages fault as INVALID.
 *   <li>An area that the page table can't map, such as {@code [vsyscall]} in the kernel's half: likewise.
 * </ul>
 */
final class ProcessAreas {
    private static final System.Logger LOG = System.getLogger(ProcessAreas.class.getName());

    private final String space;
    private final MemoryObjects objects;
    private final long lastAddress;

    /**
     * @param space name of the address space, for messages
     * @param lastAddress the highest address that the page table can map, unsigned
     */
    ProcessAreas(String space, MemoryObjects objects, long lastAddress) {
        this.space = space;
        this.objects = objects;
        this.lastAddress = lastAddress;
    }

    Vma withMemory(Area area) {
        String name = area.name();
        if (Long.compareUnsigned(area.last(), lastAddress) > 0) {
            LOG.log(System.Logger.Level.DEBUG, "address space '%s': too high to be mapped: %s".formatted(space, area));
            return new Vma(area, false, objects.unavailable(), 0);
        }
        if (name.isEmpty() || name.equals("[heap]") || name.startsWith("[stack") || name.startsWith("[anon")) {
            return new Vma(area, false, area.shared() ? objects.shared() : null, 0);
        }
        try {
            Path file = Path.of(name);
            if (name.startsWith("/") && area.offset() >= 0 && Files.isRegularFile(file)) {
                MemoryObject mapped = objects.file(file, false);
                return new Vma(asPrivate(area), false, mapped, area.offset() >>> Translation.PAGE_SHIFT);
            }
            LOG.log(System.Logger.Level.DEBUG, "address space '%s': no memory for %s".formatted(space, area));
        } catch (IOException | InvalidPathException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "address space '%s': %s can't be read".formatted(space, area), e);
        }
        return new Vma(area, false, objects.unavailable(), 0);
    }

    private static Area asPrivate(Area area) {
        return new Area(area.start(), area.last(), area.permissions(), false, area.offset(), area.name());
    }
}
