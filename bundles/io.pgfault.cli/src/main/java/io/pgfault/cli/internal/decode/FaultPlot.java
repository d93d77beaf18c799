// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.plot.Canvas;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.LogTime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A picture of faults: time to the right, addresses upwards, a colour for each device. If a log has no times, line
 * numbers go to the right. A log of any length takes constant memory: for a device with many faults the plot draws
 * every second fault, then every fourth, and so on.
 */
final class FaultPlot implements DecodedOutput {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 540;
    private static final int LEFT = 150;
    private static final int RIGHT = 210;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;
    private static final int MOST_POINTS = 4_000;
    private static final int BLACK = 0x222222;
    private static final int GREY = 0xdddddd;
    private static final int[] COLOURS = {0x1f77b4, 0xd62728, 0x2ca02c, 0xff7f0e, 0x9467bd, 0x8c564b, 0x17becf};
    private static final String OTHERS = "others";

    /** If the highest address is more than this many times the lowest, the scale of addresses is logarithmic. */
    private static final double WIDE = 1 << 12;

    private static final int LINES = 5;

    /** One fault. */
    private record Point(long line, Optional<LogTime> time, double address) {}

    /** The faults of one device that are drawn. */
    private static final class Curve {
        private final List<Point> points = new ArrayList<>();
        private long seen;
        private long step = 1;

        void add(Point point) {
            if (seen++ % step != 0) {
                return;
            }
            points.add(point);
            if (points.size() == MOST_POINTS) {
                step *= 2;
                List<Point> half = new ArrayList<>();
                for (int i = 0; i < points.size(); i += 2) {
                    half.add(points.get(i));
                }
                points.clear();
                points.addAll(half);
            }
        }
    }

    private final String file;
    private final Canvas canvas;
    private final Map<String, Curve> curves = new LinkedHashMap<>();
    private long without;
    private long line;
    private long lineOffset;
    private boolean timed = true;
    private LogTime.Clock clock;
    private double left = Double.MAX_VALUE;
    private double right = -Double.MAX_VALUE;
    private double lowest = Double.MAX_VALUE;
    private double highest = -Double.MAX_VALUE;

    /**
     * A picture for this file.
     *
     * @throws BadInput if the file's name ends with neither {@code .svg} nor {@code .png}
     */
    FaultPlot(String file) throws BadInput {
        this.file = file;
        this.canvas = Canvas.of(file, WIDTH, HEIGHT);
        if (canvas == null) {
            throw new BadInput("--plot " + file + ": a picture is .svg or .png");
        }
    }

    @Override
    public void file(String name, boolean many) {
        lineOffset = line;
    }

    @Override
    public void accept(LogRecord record) {
        Optional<Long> address = RecordWords.address(record);
        if (address.isEmpty()) {
            without++;
            return;
        }
        line = lineOffset + record.line();
        String device =
                curves.containsKey(record.device()) || curves.size() < COLOURS.length - 1 ? record.device() : OTHERS;
        Optional<LogTime> time = record.time();
        clock = clock == null ? time.map(LogTime::clock).orElse(null) : clock;
        timed &= time.isPresent() && time.get().clock() == clock;
        curves.computeIfAbsent(device, d -> new Curve()).add(new Point(line, time, unsigned(address.get())));
    }

    private static double unsigned(long address) {
        return address >= 0 ? address : address + 0x1p64;
    }

    @Override
    public void finish() throws IOException {
        for (Curve curve : curves.values()) {
            for (Point point : curve.points) {
                left = Math.min(left, across(point));
                right = Math.max(right, across(point));
                lowest = Math.min(lowest, point.address());
                highest = Math.max(highest, point.address());
            }
        }
        draw();
        try {
            canvas.write(Path.of(file));
        } catch (IOException e) {
            throw new BadInput("--plot " + file + ": can't be written: " + e.getMessage(), e);
        }
    }

    private double across(Point point) {
        return timed ? point.time().orElseThrow().micros() / 1e6 : point.line();
    }

    private void draw() {
        long drawn = curves.values().stream().mapToLong(curve -> curve.seen).sum();
        canvas.text(
                WIDTH / 2.0,
                22,
                Canvas.Anchor.MIDDLE,
                BLACK,
                String.format(Locale.ROOT, "%,d faults with an address, by %s", drawn, timed ? "time" : "line")
                        + (without == 0 ? "" : String.format(Locale.ROOT, "; %,d records without one", without)));
        canvas.line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, BLACK);
        canvas.line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, BLACK);
        if (curves.isEmpty()) {
            return;
        }
        for (int i = 0; i <= LINES; i++) {
            double address = wide()
                    ? Math.pow(2, log(lowest) + (log(highest) - log(lowest)) * i / LINES)
                    : lowest + (highest - lowest) * i / LINES;
            double y = y(address);
            canvas.line(LEFT + 1, y, WIDTH - RIGHT, y, GREY);
            canvas.text(LEFT - 6, y + 4, Canvas.Anchor.END, BLACK, "0x%x".formatted((long) address));
            double x = LEFT + (double) (WIDTH - LEFT - RIGHT) * i / LINES;
            canvas.text(x, HEIGHT - BOTTOM + 18, Canvas.Anchor.MIDDLE, BLACK, mark(left + (right - left) * i / LINES));
        }
        canvas.text(
                LEFT + (WIDTH - LEFT - RIGHT) / 2.0,
                HEIGHT - 12,
                Canvas.Anchor.MIDDLE,
                BLACK,
                timed
                        ? (clock == LogTime.Clock.BOOT ? "seconds since the start" : "seconds since the first fault")
                        : "line");
        int number = 0;
        for (Map.Entry<String, Curve> curve : curves.entrySet()) {
            int colour = COLOURS[number];
            for (Point point : curve.getValue().points) {
                canvas.dot(x(across(point)), y(point.address()), 2.5, colour);
            }
            double y = TOP + 10 + 18.0 * number;
            canvas.dot(WIDTH - RIGHT + 14, y - 4, 4, colour);
            String name = curve.getKey();
            canvas.text(
                    WIDTH - RIGHT + 24,
                    y,
                    Canvas.Anchor.START,
                    BLACK,
                    (name.length() > 22 ? "~" + name.substring(name.length() - 21) : name));
            number++;
        }
    }

    private String mark(double at) {
        if (!timed) {
            return String.format(Locale.ROOT, "%.0f", at);
        }
        return String.format(Locale.ROOT, "%.3f", clock == LogTime.Clock.BOOT ? at : at - left);
    }

    private boolean wide() {
        return highest / Math.max(lowest, 1) > WIDE;
    }

    private static double log(double address) {
        return Math.log(Math.max(address, 1)) / Math.log(2);
    }

    private double x(double at) {
        return right > left ? LEFT + (WIDTH - LEFT - RIGHT) * (at - left) / (right - left) : LEFT + 1;
    }

    private double y(double address) {
        double share = highest <= lowest
                ? 0.5
                : wide()
                        ? (log(address) - log(lowest)) / (log(highest) - log(lowest))
                        : (address - lowest) / (highest - lowest);
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
    }
}
