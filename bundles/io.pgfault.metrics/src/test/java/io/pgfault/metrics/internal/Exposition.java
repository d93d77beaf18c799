// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict reader of the two text formats, Prometheus 0.0.4 and OpenMetrics 1.0, written from their descriptions. The
 * reader refuses a text that breaks a rule, with the line: a sample before its TYPE, a TYPE twice, a family in two
 * pieces, names and labels outside of the grammar, a series twice, a counter without {@code _total} or below zero, a
 * quantile that is none, a text of OpenMetrics without its end.
 */
final class Exposition {
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (NaN|[+-]?Inf|[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\\"n])*)\"(,|$)");
    private static final Set<String> TYPES =
            Set.of("counter", "gauge", "summary", "histogram", "untyped", "unknown", "info", "stateset");

    private final boolean open;
    private final Map<String, String> types = new HashMap<>();
    private final Set<String> ended = new HashSet<>();
    private final Map<String, Double> samples = new HashMap<>();
    /** The family of the line before; empty at first. */
    private String family = "";

    private Exposition(boolean open) {
        this.open = open;
    }

    /**
     * The samples of a text by name and labels.
     *
     * @param open whether the text is of OpenMetrics
     * @throws IllegalArgumentException if a line breaks the format; the message has the line
     */
    static Map<String, Double> parse(String text, boolean open) {
        if (!text.endsWith("\n")) {
            throw new IllegalArgumentException("the last line has no end");
        }
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (open && !lines.remove(lines.size() - 1).equals("# EOF")) {
            throw new IllegalArgumentException("no # EOF");
        }
        Exposition exposition = new Exposition(open);
        lines.forEach(exposition::line);
        return exposition.samples;
    }

    private void line(String line) {
        Matcher comment = COMMENT.matcher(line);
        if (line.startsWith("#")) {
            require(comment.matches(), line);
            enter(comment.group(2), line);
            if (comment.group(1).equals("TYPE")) {
                require(TYPES.contains(comment.group(3)), line);
                require(types.put(comment.group(2), comment.group(3)) == null, line);
            }
            return;
        }
        Matcher sample = SAMPLE.matcher(line);
        require(sample.matches(), line);
        String name = sample.group(1);
        String typed = types.containsKey(name) ? name : name.replaceFirst("_(total|sum|count|bucket)$", "");
        require(types.containsKey(typed), line);
        enter(typed, line);
        Map<String, String> labels = labels(sample.group(2), line);
        double value = Double.parseDouble(sample.group(3).replace("Inf", "Infinity"));
        check(types.get(typed), typed, name, labels, value, line);
        require(samples.put(name + "{" + (sample.group(2) == null ? "" : sample.group(2)) + "}", value) == null, line);
    }

    /** The lines of a family stand together. */
    private void enter(String name, String line) {
        if (!name.equals(family)) {
            ended.add(family);
            require(!ended.contains(name), line);
            family = name;
        }
    }

    private static Map<String, String> labels(String text, String line) {
        Map<String, String> labels = new HashMap<>();
        if (text == null) {
            return labels;
        }
        Matcher label = LABEL.matcher(text);
        int at = 0;
        while (at < text.length()) {
            require(label.find(at) && label.start() == at, line);
            require(labels.put(label.group(1), label.group(2)) == null, line);
            at = label.end();
        }
        return labels;
    }

    private void check(String type, String typed, String name, Map<String, String> labels, double value, String line) {
        switch (type) {
            case "counter" -> {
                require(name.endsWith("_total") && value >= 0, line);
                require(open != typed.endsWith("_total"), line);
            }
            case "summary" -> {
                String quantile = labels.get("quantile");
                boolean whole = name.endsWith("_count") || name.endsWith("_sum");
                require(whole == (quantile == null), line);
                require(
                        quantile == null || (Double.parseDouble(quantile) >= 0 && Double.parseDouble(quantile) <= 1),
                        line);
                require(!whole || value >= 0, line);
            }
            default -> require(name.equals(typed) && !name.endsWith("_total"), line);
        }
    }

    private static void require(boolean holds, String line) {
        if (!holds) {
            throw new IllegalArgumentException("not in the format: " + line);
        }
    }
}
