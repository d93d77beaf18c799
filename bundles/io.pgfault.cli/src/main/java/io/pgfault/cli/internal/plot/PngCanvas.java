// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.plot;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * A picture of pixels (PNG, RFC 2083). Java's own writer needs the desktop and, for words, installed fonts, which
 * machines without a screen lack; so the words are of {@link PixelLetters}.
 */
final class PngCanvas implements Canvas {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int WHITE = 0xffffff;
    private static final int SCALE = 2;

    private final int width;
    private final int height;
    private final int[] pixels;

    PngCanvas(int width, int height) {
        this.width = width;
        this.height = height;
        this.pixels = new int[width * height];
        java.util.Arrays.fill(pixels, WHITE);
    }

    private void set(int x, int y, int colour) {
        if (x >= 0 && x < width && y >= 0 && y < height) {
            pixels[y * width + x] = colour;
        }
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, int colour) {
        int steps = (int) Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1)));
        for (int i = 0; i <= steps; i++) {
            double share = steps == 0 ? 0 : (double) i / steps;
            set((int) Math.round(x1 + (x2 - x1) * share), (int) Math.round(y1 + (y2 - y1) * share), colour);
        }
    }

    @Override
    public void curve(double[] x, double[] y, int colour) {
        for (int i = 1; i < x.length; i++) {
            line(x[i - 1], y[i - 1], x[i], y[i], colour);
        }
    }

    @Override
    public void dot(double x, double y, double radius, int colour) {
        int reach = (int) Math.ceil(radius);
        int middleX = (int) Math.round(x);
        int middleY = (int) Math.round(y);
        for (int dy = -reach; dy <= reach; dy++) {
            for (int dx = -reach; dx <= reach; dx++) {
                if (dx * dx + dy * dy <= radius * radius) {
                    set(middleX + dx, middleY + dy, colour);
                }
            }
        }
    }

    @Override
    public void text(double x, double y, Anchor anchor, int colour, String words) {
        int length = words.length() * (PixelLetters.WIDTH + 1) * SCALE;
        double left = anchor == Anchor.START ? x : anchor == Anchor.END ? x - length : x - length / 2.0;
        int top = (int) Math.round(y) - PixelLetters.HEIGHT * SCALE;
        for (int i = 0; i < words.length(); i++) {
            int from = (int) Math.round(left) + i * (PixelLetters.WIDTH + 1) * SCALE;
            for (int row = 0; row < PixelLetters.HEIGHT * SCALE; row++) {
                for (int column = 0; column < PixelLetters.WIDTH * SCALE; column++) {
                    if (PixelLetters.inked(words.charAt(i), column / SCALE, row / SCALE)) {
                        set(from + column, top + row, colour);
                    }
                }
            }
        }
    }

    @Override
    public void write(Path file) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.write(SIGNATURE);
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(header);
        fields.writeInt(width);
        fields.writeInt(height);
        // Eight bits for each of red, green and blue; deflate; no filter of its own; not interlaced.
        fields.write(new byte[] {8, 2, 0, 0, 0});
        chunk(png, "IHDR", header.toByteArray());
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (DataOutputStream rows = new DataOutputStream(new DeflaterOutputStream(data))) {
            for (int y = 0; y < height; y++) {
                rows.writeByte(0);
                for (int x = 0; x < width; x++) {
                    int colour = pixels[y * width + x];
                    rows.writeByte(colour >> 16);
                    rows.writeShort(colour);
                }
            }
        }
        chunk(png, "IDAT", data.toByteArray());
        chunk(png, "IEND", new byte[0]);
        Files.write(file, png.toByteArray());
    }

    private static void chunk(ByteArrayOutputStream png, String type, byte[] content) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 sum = new CRC32();
        sum.update(name);
        sum.update(content);
        DataOutputStream out = new DataOutputStream(png);
        out.writeInt(content.length);
        out.write(name);
        out.write(content);
        out.writeInt((int) sum.getValue());
    }
}
