// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The bit diagram in the javadoc of a codec, read cell by cell.
 *
 * <p>A row of cells stands under a border. The columns of the border's {@code +} separate the cells, and the line of
 * numbers above the border gives the highest and the lowest bit of each cell by column. A row without such a line is
 * one 64-bit cell. A row's name is {@code "word N"}, with the line before it that holds a command's name, if there is
 * one.
 */
final class BitDiagram {
    private static final Pattern NUMBERS = Pattern.compile(" +\\d[\\d ]*");
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern BORDER = Pattern.compile(" *\\+[-+]+\\+");
    private static final Pattern ROW = Pattern.compile("(word \\d )?\\|.*\\|");
    private static final Pattern COMMAND = Pattern.compile("(CMD_\\w+) .*");

    private final String source;
    /** Row name, then cell name, then the bits of all cells of that name. */
    private final Map<String, Map<String, Long>> rows = new TreeMap<>();

    private String command = "";
    private int word;
    private String numbers;
    private String border;

    private BitDiagram(String source) {
        this.source = source;
    }

    /** Reads the first diagram of a source file. */
    static BitDiagram of(Path file) throws IOException {
        BitDiagram diagram = new BitDiagram(file.getFileName().toString());
        List<String> lines = Files.readAllLines(file);
        int first = lines.indexOf(" * <pre>");
        int end = lines.indexOf(" * </pre>");
        if (first < 0) {
            throw new IllegalArgumentException(file + " has no diagram");
        }
        lines.subList(first + 1, end).forEach(line -> diagram.line(line.length() > 3 ? line.substring(3) : ""));
        return diagram;
    }

    /** Row name, then cell name, then the bits of all cells of that name. */
    Map<String, Map<String, Long>> rows() {
        return rows;
    }

    private void line(String line) {
        if (COMMAND.matcher(line).matches()) {
            command = line.substring(0, line.indexOf(' ') + 1);
            word = 0;
        } else if (NUMBERS.matcher(line).matches()) {
            numbers = line;
        } else if (BORDER.matcher(line).matches()) {
            border = line;
        } else if (ROW.matcher(line).matches()) {
            row(line);
            numbers = null;
            word++;
        }
    }

    private void row(String line) {
        List<Integer> edges = columns(border, '+');
        if (!edges.equals(columns(line, '|'))) {
            throw new IllegalArgumentException(
                    "%s: the border's columns %s don't fit the row %s".formatted(source, edges, line));
        }
        Map<String, Long> cells = new TreeMap<>();
        int above = 64;
        for (int i = 1; i < edges.size(); i++) {
            int left = edges.get(i - 1);
            int right = edges.get(i);
            List<Integer> bits = numbers == null ? List.of(63, 0) : numbersBetween(left, right);
            int high = bits.isEmpty() ? -1 : bits.get(0);
            int low = bits.isEmpty() ? -1 : bits.get(bits.size() - 1);
            if (high != above - 1 || low > high || bits.size() > 2) {
                throw new IllegalArgumentException("%s: bits %s stand above a cell that begins at bit %d: %s"
                        .formatted(source, bits, above - 1, line));
            }
            above = low;
            cells.merge(line.substring(left + 1, right).strip(), mask(high, low), (a, b) -> a | b);
        }
        if (above != 0) {
            throw new IllegalArgumentException("%s: the last cell ends at bit %d: %s".formatted(source, above, line));
        }
        rows.put(command + "word " + word, cells);
    }

    private List<Integer> numbersBetween(int left, int right) {
        List<Integer> found = new ArrayList<>();
        NUMBER.matcher(numbers)
                .results()
                .filter(number -> number.start() > left && number.end() <= right)
                .map(MatchResult::group)
                .forEach(number -> found.add(Integer.valueOf(number)));
        return found;
    }

    private static List<Integer> columns(String line, char mark) {
        return IntStream.range(0, line.length())
                .filter(column -> line.charAt(column) == mark)
                .boxed()
                .toList();
    }

    private static long mask(int high, int low) {
        return (-1L >>> (63 - high)) & (-1L << low);
    }
}
