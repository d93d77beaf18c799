// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The words of a picture, as wide as the widest letters make them. */
public final class Labels {
    private static final double LETTER = 8;
    private static final double HEIGHT = 10;

    private record Label(String words, double left, double right, double bottom) {
        boolean overlaps(Label other) {
            return left < other.right && other.left < right && Math.abs(bottom - other.bottom) < HEIGHT;
        }
    }

    private Labels() {}

    /** That each word is within the picture, and stands on no other one. Returns the words. */
    public static List<String> check(Path svg) throws Exception {
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(Files.newInputStream(svg));
        double width = Double.parseDouble(document.getDocumentElement().getAttribute("width"));
        double height = Double.parseDouble(document.getDocumentElement().getAttribute("height"));
        List<Label> labels = new ArrayList<>();
        NodeList texts = document.getElementsByTagName("text");
        for (int i = 0; i < texts.getLength(); i++) {
            Element text = (Element) texts.item(i);
            String words = text.getTextContent();
            double length = words.length() * LETTER;
            double x = Double.parseDouble(text.getAttribute("x"));
            double left =
                    switch (text.getAttribute("text-anchor")) {
                        case "middle" -> x - length / 2;
                        case "end" -> x - length;
                        default -> x;
                    };
            Label label = new Label(words, left, left + length, Double.parseDouble(text.getAttribute("y")));
            assertThat(label.left).as("left edge of \"%s\"", words).isNotNegative();
            assertThat(label.right).as("right edge of \"%s\"", words).isLessThanOrEqualTo(width);
            assertThat(label.bottom).as("height of \"%s\"", words).isBetween(HEIGHT, height);
            assertThat(labels).as("words under \"%s\"", words).noneMatch(other -> other.overlaps(label));
            labels.add(label);
        }
        return labels.stream().map(Label::words).toList();
    }
}
