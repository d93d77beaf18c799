// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import java.io.IOException;
import java.nio.file.Path;

/** What a picture is drawn on; x to the right and y downwards, in pixels. One thread. */
interface Canvas {
    /** Where a text stands beside its point. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** Draws a line through points; {@code colour} is {@code 0xRRGGBB}. */
    void line(double[] x, double[] y, int colour, double width);

    /** Draws a filled circle. */
    void circle(double x, double y, double radius, int colour);

    /** Draws a text on a baseline. */
    void text(double x, double y, Anchor anchor, int colour, String words);

    /** Writes the picture to a file. */
    void write(Path file) throws IOException;
}
