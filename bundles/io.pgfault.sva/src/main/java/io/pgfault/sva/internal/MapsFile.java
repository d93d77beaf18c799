// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.sva.Area;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file in the format of {@code /proc/PID/maps}; see proc_pid_maps(5).
 *
 * @param space the address space that it is read for, for messages
 * @param path where it is
 */
record MapsFile(String space, Path path) {
    /**
     * Reads the areas; empty lines are skipped.
     *
     * @throws IllegalArgumentException if the file can't be read, a line isn't one of such a file, or two areas overlap;
     *     the message names file and line and the remedy
     */
    List<Area> areas() {
        List<Area> areas = new ArrayList<>();
        // A name may hold any character but a line feed, so that nothing else ends a line.
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
                    "address space '%s': can't read %s (%s); correct 'maps' in its configuration, or leave it empty to grant every access"
                            .formatted(space, path, e),
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
                "address space '%s': %s: %s; use an unedited copy of /proc/PID/maps, or leave 'maps' empty to grant every access"
                        .formatted(space, where, e.getMessage()),
                e);
    }
}
