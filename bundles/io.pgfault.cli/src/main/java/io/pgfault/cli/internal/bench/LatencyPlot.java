// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.bench;

import io.pgfault.bench.Measured.Latency;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws latency against load as SVG: load to the right, latency upwards by powers of ten. */
final class LatencyPlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int RIGHT = 90;
    private static final int TOP = 50;
    private static final int BOTTOM = 50;
    private static final int LABEL_HEIGHT = 14;

    /** A line of the plot. */
    private record Curve(String name, double percentile, String colour) {}

    private static final List<Curve> CURVES = List.of(
            new Curve("p50", 50, "#2b7a3d"), new Curve("p99", 99, "#c07a00"), new Curve("p99.9", 99.9, "#b3261e"));

    private final BenchSummary summary;
    private final StringBuilder svg = new StringBuilder();
    private final double most;
    private final int lowest;
    private final int highest;

    private LatencyPlot(BenchSummary summary) {
        this.summary = summary;
        this.most = summary.ours().groupsPerSecond();
        double least = Double.MAX_VALUE;
        double worst = 1;
        for (Latency point : summary.points()) {
            least = Math.min(least, value(point, 50));
            worst = Math.max(worst, value(point, 99.9));
        }
        this.lowest = (int) Math.floor(Math.log10(least));
        this.highest = Math.max(lowest + 1, (int) Math.ceil(Math.log10(worst)));
    }

    /**
     * Writes the plot of a summary that has points.
     *
     * @throws BadInput if the file can't be written
     */
    static void write(String file, BenchSummary summary) throws IOException {
        try {
            Files.writeString(Path.of(file), new LatencyPlot(summary).draw());
        } catch (IOException e) {
            throw new BadInput("--plot " + file + ": can't be written: " + e.getMessage(), e);
        }
    }

    private String draw() {
        add(
                "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %1$d %2$d'"
                        + " font-family='sans-serif' font-size='12'>",
                WIDTH, HEIGHT);
        add("<rect width='100%%' height='100%%' fill='white'/>");
        text(
                WIDTH / 2.0,
                24,
                "middle",
                "Latency against load: %s, handler %s, groups of %d"
                        .formatted(
                                summary.backend(),
                                summary.handler().cliName(),
                                summary.load().groupSize()));
        for (int power = lowest; power <= highest; power++) {
            double y = y(Math.pow(10, power));
            add("<line x1='%d' y1='%.1f' x2='%d' y2='%2$.1f' stroke='#ddd'/>", LEFT, y, WIDTH - RIGHT);
            text(LEFT - 8, y + 4, "end", Quantity.nanos((long) Math.pow(10, power)));
        }
        for (int tenth = 0; tenth <= 10; tenth += 2) {
            double load = most * tenth / 10;
            text(x(load), HEIGHT - BOTTOM + 18, "middle", Quantity.perSecond((long) load, 1_000_000_000));
        }
        text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", "groups, the last mark the most that went through");
        Map<Curve, Double> labels = labels();
        CURVES.forEach(curve -> curve(curve, labels.get(curve)));
        add("</svg>");
        return svg.toString();
    }

    /**
     * Places the names of the curves beside their last points, from top to bottom, none over another, all in the
     * picture.
     */
    private Map<Curve, Double> labels() {
        Latency last = summary.points().get(summary.points().size() - 1);
        List<Curve> downwards = CURVES.stream()
                .sorted(Comparator.comparingDouble(curve -> y(value(last, curve.percentile()))))
                .toList();
        Map<Curve, Double> places = new HashMap<>();
        double place = TOP;
        for (Curve curve : downwards) {
            place = Math.max(place, y(value(last, curve.percentile())) + 4);
            places.put(curve, place);
            place += LABEL_HEIGHT;
        }
        // Moves the names up again that would stand below the picture.
        double lowestPlace = HEIGHT - BOTTOM;
        for (int i = downwards.size() - 1; i >= 0; i--) {
            lowestPlace = Math.min(lowestPlace, places.get(downwards.get(i)));
            places.put(downwards.get(i), lowestPlace);
            lowestPlace -= LABEL_HEIGHT;
        }
        return places;
    }

    private void curve(Curve curve, double label) {
        StringBuilder points = new StringBuilder();
        for (Latency point : summary.points()) {
            points.append(String.format(
                    Locale.ROOT, "%.1f,%.1f ", x(point.groupsPerSecond()), y(value(point, curve.percentile()))));
        }
        Latency last = summary.points().get(summary.points().size() - 1);
        add(
                "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>",
                points.toString().strip(), curve.colour());
        add(
                "<text x='%.1f' y='%.1f' fill='%s'>%s</text>",
                Math.min(x(last.groupsPerSecond()), WIDTH - RIGHT) + 6, label, curve.colour(), curve.name());
    }

    private static double value(Latency point, double percentile) {
        return Math.max(1, point.nanos().getValueAtPercentile(percentile));
    }

    private double x(double groupsPerSecond) {
        return LEFT + (WIDTH - LEFT - RIGHT) * groupsPerSecond / most;
    }

    private double y(double nanos) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (Math.log10(nanos) - lowest) / (highest - lowest);
    }

    private void text(double x, double y, String anchor, String words) {
        add("<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>", x, y, anchor, words);
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
