// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.plot.Canvas;
import io.pgfault.cli.internal.plot.Canvas.Anchor;
import io.pgfault.lab.Trial;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Draws a comparison: faults avoided against memory wasted, one point for each handler and trace, and below that the
 * faults over time of each trace, one curve for each handler.
 */
final class ComparisonPlot {
    private static final int WIDTH = 860;
    private static final int PANEL = 300;
    private static final int LEFT = 80;
    private static final int RIGHT = 230;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;
    private static final int LINE = 16;
    private static final int TICKS = 4;
    private static final int KIB_PER_PAGE = 4;
    private static final double POINT = 5;
    /** The width of the widest letter. Every letter of {@code PngCanvas} is as wide. */
    private static final double LETTER = 8;
    /** How many letters fit between the legend's dots and the right edge. */
    private static final int MOST_LETTERS = (int) ((RIGHT - 2 * LINE) / LETTER);

    private static final int MOST_TITLE = 60;
    /** Lines of a legend in one panel. */
    private static final int ROWS = (PANEL - TOP - BOTTOM) / LINE;

    private static final int BLACK = 0x222222;
    private static final int GREY = 0xdddddd;
    private static final int[] COLOURS = {
        0x555555, 0x1f6fb2, 0xc07a00, 0x2b7a3d, 0xb3261e, 0x7a3db3, 0x00808a, 0x8a5a2b, 0xc2429a, 0x6b8e23
    };

    private final List<Compared> all;
    private final Canvas canvas;
    /** Where letters stand beside points. */
    private final List<Point> letters = new ArrayList<>();

    /** A place in the picture. */
    private record Point(double x, double y) {}

    private ComparisonPlot(List<Compared> all, Canvas canvas) {
        this.all = all;
        this.canvas = canvas;
    }

    /** Whether the name of a file says what picture it holds. */
    static boolean supported(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".svg") || name.endsWith(".png");
    }

    /** Writes the picture. */
    static void write(Path file, List<Compared> all) throws IOException {
        int height = PANEL * (all.size() + 1);
        Canvas canvas = Canvas.of(file.toString(), WIDTH, height);
        new ComparisonPlot(all, canvas).draw();
        try {
            canvas.write(file);
        } catch (IOException e) {
            throw new BadInput("--plot " + file + ": can't be written: " + e.getMessage(), e);
        }
    }

    private void draw() {
        scatter();
        for (int i = 0; i < all.size(); i++) {
            curves(all.get(i), (i + 1) * PANEL);
        }
    }

    private void scatter() {
        double mostWaste = 1;
        double least = 0;
        for (Compared compared : all) {
            for (Compared.Row row : compared.rows()) {
                mostWaste =
                        Math.max(mostWaste, (double) KIB_PER_PAGE * row.trial().unused());
                least = Math.min(least, compared.avoided(row.trial()));
            }
        }
        frame(0, "Faults avoided against memory wasted", "memory populated and never touched, KiB");
        for (int i = 0; i <= TICKS; i++) {
            double waste = mostWaste * i / TICKS;
            canvas.text(
                    x(waste / mostWaste),
                    PANEL - BOTTOM + LINE,
                    Anchor.MIDDLE,
                    BLACK,
                    String.format(Locale.ROOT, "%,.0f", waste));
            double avoided = least + (1 - least) * i / TICKS;
            mark(0, (double) i / TICKS, String.format(Locale.ROOT, "%.0f %%", 100 * avoided));
        }
        for (int t = 0; t < all.size(); t++) {
            Compared compared = all.get(t);
            for (int h = 0; h < compared.rows().size(); h++) {
                Trial trial = compared.rows().get(h).trial();
                double x = x((double) KIB_PER_PAGE * trial.unused() / mostWaste);
                double y = y(0, (compared.avoided(trial) - least) / (1 - least));
                canvas.dot(x, y, POINT, colour(h));
                Point label = free(x + POINT + 1, y - POINT);
                canvas.text(label.x, label.y, Anchor.START, colour(h), String.valueOf((char) ('a' + t % 26)));
            }
        }
        legend(0, all.get(0));
        int first = Math.min(all.get(0).rows().size(), ROWS) + 1;
        for (int t = 0; t < all.size() && first + t < ROWS; t++) {
            canvas.text(
                    WIDTH - RIGHT + LINE,
                    TOP + LINE * (first + t + 0.5),
                    Anchor.START,
                    BLACK,
                    (char) ('a' + t % 26) + "  " + shortened(all.get(t).name(), MOST_LETTERS - 2));
        }
    }

    private void curves(Compared compared, int top) {
        long accesses = Math.max(1, compared.bound().accesses());
        long most = 1;
        for (Compared.Row row : compared.rows()) {
            most = Math.max(most, row.trial().requests());
        }
        frame(top, "Page requests over time: " + shortened(compared.name(), MOST_TITLE), "accesses made");
        for (int i = 0; i <= TICKS; i++) {
            canvas.text(
                    x((double) i / TICKS),
                    top + PANEL - BOTTOM + LINE,
                    Anchor.MIDDLE,
                    BLACK,
                    String.format(Locale.ROOT, "%,d", accesses * i / TICKS));
            mark(top, (double) i / TICKS, String.format(Locale.ROOT, "%,d", most * i / TICKS));
        }
        for (int h = 0; h < compared.rows().size(); h++) {
            List<Trial.Point> points = compared.rows().get(h).trial().curve();
            double[] x = new double[points.size() + 1];
            double[] y = new double[points.size() + 1];
            x[0] = x(0);
            y[0] = y(top, 0);
            for (int i = 0; i < points.size(); i++) {
                x[i + 1] = x((double) points.get(i).accesses() / accesses);
                y[i + 1] = y(top, (double) points.get(i).requests() / most);
            }
            canvas.curve(x, y, colour(h));
        }
        legend(top, compared);
    }

    private void frame(int top, String title, String below) {
        canvas.text(LEFT, top + TOP - LINE, Anchor.START, BLACK, title);
        canvas.text((LEFT + WIDTH - RIGHT) / 2.0, top + PANEL - LINE / 2.0, Anchor.MIDDLE, BLACK, below);
    }

    /** A mark of the vertical axis, with a line across. */
    private void mark(int top, double share, String words) {
        double y = y(top, share);
        canvas.line(LEFT, y, WIDTH - RIGHT, y, GREY);
        canvas.text(LEFT - POINT, y + 4, Anchor.END, BLACK, words);
    }

    private void legend(int top, Compared compared) {
        int rows = compared.rows().size();
        for (int h = 0; h < Math.min(rows, ROWS); h++) {
            double y = top + TOP + LINE * (h + 0.5);
            if (h == ROWS - 1 && rows > ROWS) {
                canvas.text(WIDTH - RIGHT + 2 * LINE, y, Anchor.START, BLACK, "and " + (rows - h) + " more");
                return;
            }
            canvas.dot(WIDTH - RIGHT + LINE + 4, y - 4, 4, colour(h));
            canvas.text(
                    WIDTH - RIGHT + 2 * LINE,
                    y,
                    Anchor.START,
                    colour(h),
                    shortened(compared.rows().get(h).handler(), MOST_LETTERS));
        }
    }

    /**
     * The place for a letter that is next to a point and over no other letter: to the right, else to the left, else one
     * line lower.
     */
    private Point free(double x, double y) {
        Point place = new Point(x, y);
        for (double down = y; down < PANEL - BOTTOM; down += LINE) {
            for (double right = x; right <= WIDTH - RIGHT + LETTER && taken(place); right += LETTER) {
                place = new Point(right, down);
            }
            for (double left = x - 2 * LETTER - POINT; left >= LEFT && taken(place); left -= LETTER) {
                place = new Point(left, down);
            }
        }
        letters.add(place);
        return place;
    }

    private boolean taken(Point place) {
        return letters.stream()
                .anyMatch(other -> Math.abs(other.x - place.x) < LETTER && Math.abs(other.y - place.y) < LINE);
    }

    private static String shortened(String name, int most) {
        return name.length() <= most ? name : "..." + name.substring(name.length() - most + 3);
    }

    private static int colour(int handler) {
        return COLOURS[handler % COLOURS.length];
    }

    private static double x(double share) {
        return LEFT + (WIDTH - LEFT - RIGHT) * share;
    }

    private static double y(int top, double share) {
        return top + PANEL - BOTTOM - (PANEL - TOP - BOTTOM) * share;
    }
}
