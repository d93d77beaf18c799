// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.api.sva.Area;
import io.pgfault.trace.internal.Lines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A {@code /proc/PID/maps} file: the areas of a process (proc_pid_maps(5)). */
public final class MapsFile {
    private record Line(long number, Area area) {}

    private MapsFile() {}

    /**
     * Reads the areas, in order of address. Blank lines are skipped.
     *
     * @throws UnreadableInput if a line is not one of such a file, two areas overlap, or there is none; the message
     *     names file and lines
     */
    public static List<Area> read(Path path) throws IOException {
        try (TraceFile file = TraceFile.open(path)) {
            Lines lines = new Lines(file);
            List<Line> found = new ArrayList<>();
            while (lines.next()) {
                String text = lines.text();
                if (!text.isBlank()) {
                    found.add(new Line(lines.number(), parse(file, lines.number(), text)));
                }
            }
            if (file.cut()) {
                throw UnreadableInput.atLine(
                        file.name(), lines.number(), "the gzip data ends early, the file is truncated");
            }
            if (found.isEmpty()) {
                throw UnreadableInput.of(file.name(), "is empty: there is no area in it");
            }
            return ordered(file, found);
        }
    }

    private static Area parse(TraceFile file, long number, String text) throws UnreadableInput {
        try {
            return Area.parse(text);
        } catch (IllegalArgumentException e) {
            throw UnreadableInput.atLine(file.name(), number, e.getMessage());
        }
    }

    private static List<Area> ordered(TraceFile file, List<Line> found) throws UnreadableInput {
        found.sort(Comparator.comparing((Line line) -> line.area().start(), Long::compareUnsigned));
        for (int i = 1; i < found.size(); i++) {
            Line below = found.get(i - 1);
            Line above = found.get(i);
            if (below.area().contains(above.area().start())) {
                boolean inOrder = below.number() < above.number();
                Line first = inOrder ? below : above;
                Line second = inOrder ? above : below;
                throw UnreadableInput.atLine(
                        file.name(),
                        second.number(),
                        "the area %s overlaps the area %s of line %d"
                                .formatted(second.area(), first.area(), first.number()));
            }
        }
        return found.stream().map(Line::area).toList();
    }
}
