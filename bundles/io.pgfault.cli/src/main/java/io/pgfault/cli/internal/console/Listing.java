// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table for people, at most {@value #WIDTH} columns wide, and the same as JSON for programs. A cell is a text, a
 * whole number, or {@link Nanos}. One thread.
 */
public final class Listing {
    /** How wide a table may be. */
    public static final int WIDTH = 100;

    private static final int NARROWEST = 6;

    private final List<Column> columns = new ArrayList<>();
    private final List<Object[]> rows = new ArrayList<>();

    private record Column(String head, String key, boolean text) {}

    /** A time: people read it with a unit, programs read nanoseconds. */
    public record Nanos(long nanos) {}

    /** Adds a column of texts. */
    public Listing text(String head, String key) {
        columns.add(new Column(head, key, true));
        return this;
    }

    /** Adds a column of numbers or times. */
    public Listing number(String head, String key) {
        columns.add(new Column(head, key, false));
        return this;
    }

    /** Adds a row with a cell for each column. */
    public void row(Object... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + columns.size() + " columns");
        }
        rows.add(cells.clone());
    }

    /** Prints the table. A text that would make the table too wide ends in a dot of three. */
    public void print(PrintWriter out) {
        int[] widths = widths();
        out.println(line(widths, columns.stream().map(Column::head).toArray()));
        rows.forEach(row -> out.println(line(widths, row)));
    }

    private int[] widths() {
        int[] widths = new int[columns.size()];
        int sum = widths.length - 1;
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).head().length();
            for (Object[] row : rows) {
                widths[i] = Math.max(widths[i], words(row[i]).length());
            }
            sum += widths[i];
        }
        for (; sum > WIDTH; sum--) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                if (columns.get(i).text() && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0 || widths[widest] <= NARROWEST) {
                break;
            }
            widths[widest]--;
        }
        return widths;
    }

    private String line(int[] widths, Object... cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            String words = words(cells[i]);
            if (words.length() > widths[i] && columns.get(i).text()) {
                words = words.substring(0, widths[i] - 1) + "…";
            }
            String room = " ".repeat(Math.max(0, widths[i] - words.length()));
            line.append(i == 0 ? "" : " ").append(columns.get(i).text() ? words + room : room + words);
        }
        return line.toString().stripTrailing();
    }

    private static String words(Object cell) {
        if (cell instanceof Nanos time) {
            return Quantity.nanos(time.nanos());
        }
        return cell instanceof Number number
                ? String.format(Locale.ROOT, "%,d", number.longValue())
                : String.valueOf(cell);
    }

    /** The rows as objects. */
    public JsonArray json() {
        JsonArrayBuilder array = Json.createArrayBuilder();
        for (Object[] row : rows) {
            JsonObjectBuilder object = Json.createObjectBuilder();
            for (int i = 0; i < row.length; i++) {
                String key = columns.get(i).key();
                if (row[i] instanceof Nanos time) {
                    object.add(key + "Nanos", time.nanos());
                } else if (row[i] instanceof Number number) {
                    object.add(key, number.longValue());
                } else {
                    object.add(key, String.valueOf(row[i]));
                }
            }
            array.add(object);
        }
        return array.build();
    }
}
