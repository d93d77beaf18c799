// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.sva.Area;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A recorded {@code /proc/PID/maps} that configuration names; see proc_pid_maps(5).
 *
 * @param space name of the address space that gets the areas, for messages
 * @param path of the file
 */
record RecordedMaps(String space, Path path) {
    /**
     * Reads the areas; empty lines are skipped.
     *
     * @throws IllegalArgumentException if the file can't be read, a line is not in the format, or two areas overlap;
     *     the message names file, line and remedy
     */
    List<Area> areas() {
        List<Area> areas = new ArrayList<>();
        // A name may hold any character but a line feed, so only a line feed ends a line.
        String[] lines = text().split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            if (!lines[i].isBlank()) {
                areas.add(area(lines[i], i + 1));
            }
        }
        try {
            return Areas.recorded(areas).list();
        } catch (IllegalArgumentException e) {
            throw broken(path.toString(), e);
        }
    }

    private String text() {
        try {
            return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "address space '%s': can't read %s (%s); correct 'maps' in its configuration, or leave 'maps'"
                                    .formatted(space, path, e)
                            + " empty to grant every access",
                    e);
        }
    }

    private Area area(String line, int number) {
        try {
            return Area.parse(line);
        } catch (IllegalArgumentException e) {
            throw broken(path + " line " + number, e);
        }
    }

    private IllegalArgumentException broken(String where, IllegalArgumentException e) {
        return new IllegalArgumentException(
                "address space '%s': %s: %s; use an unedited copy of /proc/PID/maps, or leave 'maps' empty to"
                                .formatted(space, where, e.getMessage())
                        + " grant every access",
                e);
    }
}
