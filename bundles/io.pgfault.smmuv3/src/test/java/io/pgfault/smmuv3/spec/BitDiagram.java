// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The bit diagrams in the javadoc of a class, as its source has them.
 *
 * <p>A line {@code word 0: 63:32 StreamID | 31:12 SubstreamID | 11 SSV | …} describes one 64-bit word, from the highest bit
 * to the lowest; a line that ends with a bar goes on in the next line. A line with a name and a comma before the words says
 * which record the words belong to.
 */
final class BitDiagram {
    /** A field of a word: its highest and lowest bit, and its name; {@code reserved} is the name of bits without a field. */
    record Field(int high, int low, String name) {
        boolean reserved() {
            return name.equals("reserved");
        }
    }

    private static final Pattern WORD = Pattern.compile("(?m)^(?:([A-Z_]+), .*|(word \\d): (.*))$");
    private static final Pattern FIELD = Pattern.compile("(\\d+)(?::(\\d+))? (.+)");

    private BitDiagram() {}

    /** The fields of each word, keyed by record and word ("CMD_SYNC word 0"), or by word alone. */
    static Map<String, List<Field>> of(Class<?> type) throws IOException {
        Path source = Path.of("src/main/java", type.getName().replace('.', '/') + ".java");
        String text = Files.readString(source);
        String diagrams = text.substring(text.indexOf("<pre>"), text.indexOf("</pre>"))
                .lines()
                .map(line -> line.replaceFirst("^ \\* ?", ""))
                .collect(Collectors.joining("\n"))
                .replaceAll("\\|\\n\\s+", "| ");
        Map<String, List<Field>> words = new LinkedHashMap<>();
        String record = "";
        for (Matcher line = WORD.matcher(diagrams); line.find(); ) {
            if (line.group(1) != null) {
                record = line.group(1) + " ";
            } else {
                words.put(record + line.group(2), fields(line.group(3)));
            }
        }
        return words;
    }

    private static List<Field> fields(String text) {
        List<Field> fields = new ArrayList<>();
        for (String part : text.split(" \\| ")) {
            Matcher field = FIELD.matcher(part.strip());
            if (!field.matches()) {
                throw new AssertionError("not a field: " + part);
            }
            int high = Integer.parseInt(field.group(1));
            int low = field.group(2) == null ? high : Integer.parseInt(field.group(2));
            fields.add(new Field(high, low, field.group(3)));
        }
        return fields;
    }
}
