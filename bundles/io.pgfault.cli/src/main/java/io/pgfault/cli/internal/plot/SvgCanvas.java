// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.plot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A picture as text (SVG 1.1). */
final class SvgCanvas implements Canvas {
    private final StringBuilder svg = new StringBuilder();

    SvgCanvas(int width, int height) {
        add(
                "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %1$d %2$d'"
                        + " font-family='sans-serif' font-size='12'>",
                width, height);
        add("<rect width='100%%' height='100%%' fill='white'/>");
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, int colour) {
        add("<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='#%06x'/>", x1, y1, x2, y2, colour);
    }

    @Override
    public void curve(double[] x, double[] y, int colour) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < x.length; i++) {
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x[i], y[i]));
        }
        add(
                "<polyline points='%s' fill='none' stroke='#%06x' stroke-width='1.5'/>",
                points.toString().strip(), colour);
    }

    @Override
    public void dot(double x, double y, double radius, int colour) {
        add("<circle cx='%.1f' cy='%.1f' r='%.1f' fill='#%06x'/>", x, y, radius, colour);
    }

    @Override
    public void text(double x, double y, Anchor anchor, int colour, String words) {
        add(
                "<text x='%.1f' y='%.1f' text-anchor='%s' fill='#%06x'>%s</text>",
                x,
                y,
                anchor.name().toLowerCase(Locale.ROOT),
                colour,
                words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    }

    @Override
    public void write(Path file) throws IOException {
        Files.writeString(file, svg + "</svg>\n");
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
