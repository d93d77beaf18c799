// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.record;

import io.pgfault.api.Permissions;
import io.pgfault.api.sva.Area;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The areas that a program has had while it ran. A trace has accesses of all times, so the result has every area that a
 * look has found, with every permission that a look has found. If two areas had one address at different times, the
 * later area gives the name. One thread.
 */
final class RecordedMaps {
    /**
     * Parts of the address space by the address of their first byte. A part has one set of properties. Two parts side
     * by side may have the same properties until {@link #areas} joins them.
     */
    private final TreeMap<Long, Part> parts = new TreeMap<>(Long::compareUnsigned);

    private record Part(long end, int permissions, boolean shared, long offset, String name) {
        Part from(long delta, long newEnd) {
            return new Part(newEnd, permissions, shared, offset + delta, name);
        }
    }

    /** Looks at a process; a process that has ended is not looked at. */
    void look(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
                Area area = Area.parse(line);
                if (area.permissions() != 0 && !area.name().equals("[vsyscall]")) {
                    add(area);
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // The process has ended, or ends while its areas are read: the result has the areas of earlier looks.
        }
    }

    /** Adds an area that is there now. */
    void add(Area area) {
        long start = area.start();
        long end = area.last() + 1;
        cut(start);
        cut(end);
        List<Map.Entry<Long, Part>> old =
                new ArrayList<>(parts.subMap(start, true, end, false).entrySet());
        long at = start;
        for (Map.Entry<Long, Part> entry : old) {
            put(area, at, entry.getKey(), 0);
            put(area, entry.getKey(), entry.getValue().end(), entry.getValue().permissions());
            at = entry.getValue().end();
        }
        put(area, at, end, 0);
    }

    private void put(Area area, long from, long to, int before) {
        if (from != to) {
            parts.put(
                    from,
                    new Part(
                            to,
                            area.permissions() | before,
                            area.shared(),
                            area.offset() + from - area.start(),
                            area.name()));
        }
    }

    /** Splits the part that an address lies within, so that a part begins at the address. */
    private void cut(long at) {
        Map.Entry<Long, Part> below = parts.lowerEntry(at);
        if (below != null && Long.compareUnsigned(below.getValue().end(), at) > 0) {
            Part part = below.getValue();
            parts.put(at, part.from(at - below.getKey(), part.end()));
            parts.put(below.getKey(), part.from(0, at));
        }
    }

    /** The areas, in order of address; parts that continue each other are one area. */
    List<Area> areas() {
        List<Area> all = new ArrayList<>();
        for (Map.Entry<Long, Part> entry : parts.entrySet()) {
            Part part = entry.getValue();
            Area area = new Area(
                    entry.getKey(), part.end() - 1, part.permissions(), part.shared(), part.offset(), part.name());
            Area before = all.isEmpty() ? null : all.get(all.size() - 1);
            if (before != null
                    && before.last() + 1 == area.start()
                    && before.permissions() == area.permissions()
                    && before.shared() == area.shared()
                    && before.name().equals(area.name())
                    && (area.name().isEmpty() || before.offset() + before.size() == area.offset())) {
                all.set(
                        all.size() - 1,
                        new Area(
                                before.start(),
                                area.last(),
                                area.permissions(),
                                area.shared(),
                                before.offset(),
                                area.name()));
            } else {
                all.add(area);
            }
        }
        return all;
    }

    /** Writes the areas as {@code /proc/PID/maps} has them, without devices and inodes. */
    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Area area : areas()) {
            lines.add(String.format(
                            Locale.ROOT,
                            "%08x-%08x %s%s%s%s %08x 00:00 0 %s",
                            area.start(),
                            area.last() + 1,
                            (area.permissions() & Permissions.READ) != 0 ? "r" : "-",
                            (area.permissions() & Permissions.WRITE) != 0 ? "w" : "-",
                            (area.permissions() & Permissions.EXEC) != 0 ? "x" : "-",
                            area.shared() ? "s" : "p",
                            area.offset(),
                            area.name())
                    .stripTrailing());
        }
        Files.write(file, lines);
    }

    /** Returns a stream that looks at a process again whenever about {@code every} bytes have been read. */
    InputStream looking(InputStream in, long pid, int every) {
        return new InputStream() {
            private long sinceLook = every;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                int n = read(one, 0, 1);
                return n < 0 ? n : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                if (sinceLook >= every) {
                    look(pid);
                    sinceLook = 0;
                }
                int n = in.read(bytes, from, length);
                sinceLook += Math.max(0, n);
                return n;
            }

            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }
}
