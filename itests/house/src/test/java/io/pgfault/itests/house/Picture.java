// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Draws a picture of boxes and arrows from text as SVG. The colours follow the reader's light or dark scheme.
 *
 * <p>Lines: {@code size WIDTH HEIGHT}, {@code box X Y WIDTH HEIGHT | title | line below}, {@code arrow X1 Y1 X2 Y2 |
 * label}; a line that begins with {@code #} is a comment. All numbers are pixels.
 */
final class Picture {
    private static final String STYLE = """
              <style>
                text { font: 13px system-ui, sans-serif; fill: #1f2328; }
                .title { font-weight: 600; font-size: 15px; }
                .label { fill: #59636e; }
                rect { fill: #f6f8fa; stroke: #8c959f; rx: 8px; }
                path { stroke: #0969da; stroke-width: 2; fill: none; marker-end: url(#tip); }
                marker path { fill: #0969da; stroke: none; marker-end: none; }
                @media (prefers-color-scheme: dark) {
                  text { fill: #f0f6fc; }
                  .label { fill: #9198a1; }
                  rect { fill: #151b23; stroke: #656c76; }
                  path { stroke: #4493f8; }
                  marker path { fill: #4493f8; }
                }
              </style>
              <defs>
                <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">
                  <path d="M0 0L8 4L0 8Z"/>
                </marker>
              </defs>
            """;
    private static final Pattern BAR = Pattern.compile("\\s*\\|\\s*");

    private Picture() {}

    /**
     * The picture as SVG.
     *
     * @param lines the picture as text
     * @throws IllegalArgumentException if a line is none of the three kinds
     */
    static String draw(List<String> lines) {
        StringBuilder svg = new StringBuilder();
        for (String line : lines) {
            String[] parts = BAR.split(line.strip());
            String[] words = parts[0].split("\\s+");
            switch (words[0]) {
                case "size" ->
                    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" role=\"img\">%n%s"
                            .formatted(words[1], words[2], STYLE));
                case "box" -> box(svg, words, parts[1], parts[2]);
                case "arrow" -> arrow(svg, words, parts[1]);
                default -> {
                    if (!line.isBlank() && !line.startsWith("#")) {
                        throw new IllegalArgumentException("no line of a picture: " + line);
                    }
                }
            }
        }
        return svg.append("</svg>").append(System.lineSeparator()).toString();
    }

    private static void box(StringBuilder svg, String[] words, String title, String below) {
        int x = number(words, 1);
        int y = number(words, 2);
        int middle = x + number(words, 3) / 2;
        int half = y + number(words, 4) / 2;
        svg.append("  <rect x=\"%d\" y=\"%d\" width=\"%s\" height=\"%s\"/>%n".formatted(x, y, words[3], words[4]));
        svg.append(text("title", middle, half - 5, "middle", title));
        svg.append(text("below", middle, half + 16, "middle", below));
    }

    private static void arrow(StringBuilder svg, String[] words, String label) {
        int x = number(words, 3);
        int y = (number(words, 2) + number(words, 4)) / 2 + 5;
        svg.append("  <path d=\"M%s %sL%s %s\"/>%n".formatted(words[1], words[2], words[3], words[4]));
        svg.append(text("label", x + 12, y, "start", label));
    }

    private static String text(String kind, int x, int y, String anchor, String words) {
        return String.format(
                Locale.ROOT,
                "  <text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
                kind,
                x,
                y,
                anchor,
                words.replace("&", "&amp;").replace("<", "&lt;"));
    }

    private static int number(String[] words, int i) {
        return Integer.parseInt(words[i]);
    }
}
