// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.plot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** A picture that is being drawn. Coordinates are pixels from the upper left corner; colours are {@code 0xRRGGBB}. */
public interface Canvas {
    /** Where words stand beside their point. */
    enum Anchor {
        /** The words start at the point. */
        START,
        /** The middle of the words is at the point. */
        MIDDLE,
        /** The words end at the point. */
        END
    }

    /** Draws a line one pixel wide. */
    void line(double x1, double y1, double x2, double y2, int colour);

    /** Draws a line through points, at least one. */
    void curve(double[] x, double[] y, int colour);

    /** Draws a dot of this radius. */
    void dot(double x, double y, double radius, int colour);

    /** Writes words on the base line {@code y}. */
    void text(double x, double y, Anchor anchor, int colour, String words);

    /** Writes the picture to a file. */
    void write(Path file) throws IOException;

    /** A white picture of the kind that the file's name ends with; null if the name ends with neither. */
    static Canvas of(String file, int width, int height) {
        String name = file.toLowerCase(Locale.ROOT);
        if (name.endsWith(".svg")) {
            return new SvgCanvas(width, height);
        }
        return name.endsWith(".png") ? new PngCanvas(width, height) : null;
    }
}
