// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import io.pgfault.api.sva.Area;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Gives memory to the areas of a process that runs or ran on this machine, by what proc_pid_maps(5) says about their names.
 *
 * <ul>
 *   <li>No name, {@code [heap]}, {@code [stack]}, {@code [anon:...]}: anonymous memory, zeros at first. What the process had
 *       there is nobody's but its own.
 *   <li>The path of a file that can be read: the file, opened for reading only and mapped private, so that nothing that is
 *       done here reaches a file of that process.
 *   <li>All else, such as a device, {@code (deleted)}, {@code [vdso]}, {@code [vsyscall]} and {@code anon_inode:...}: the
 *       area is there, and its pages fault as INVALID.
 * </ul>
 */
final class ProcessAreas {
    private static final System.Logger LOG = System.getLogger(ProcessAreas.class.getName());

    private final String space;
    private final PageFrames frames;

    ProcessAreas(String space, PageFrames frames) {
        this.space = space;
        this.frames = frames;
    }

    Vma withMemory(Area area) {
        String name = area.name();
        if (name.isEmpty() || name.equals("[heap]") || name.startsWith("[stack") || name.startsWith("[anon")) {
            return new Vma(area, false, area.shared() ? new SharedMemory(frames) : null, 0);
        }
        try {
            Path file = Path.of(name);
            if (name.startsWith("/") && area.offset() >= 0 && Files.isRegularFile(file)) {
                MemoryObject mapped = frames.files().open(file, false);
                return new Vma(isolated(area), false, mapped, area.offset() >>> Translation.PAGE_SHIFT);
            }
            LOG.log(System.Logger.Level.DEBUG, "address space '%s': no memory for %s".formatted(space, area));
        } catch (IOException | InvalidPathException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "address space '%s': %s can't be read".formatted(space, area), e);
        }
        return new Vma(area, false, new UnavailableMemory(frames), 0);
    }

    private static Area isolated(Area area) {
        return new Area(area.start(), area.last(), area.permissions(), false, area.offset(), area.name());
    }
}
