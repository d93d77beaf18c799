// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The API against its baseline, {@code src/test/baseline/api.txt}: one line for each public type and member, as {@code
 * javap} prints them. A line that is gone breaks who compiled against it; an abstract method that is new in a {@code
 * ConsumerType} breaks who implements it. Anything else that is new is free.
 */
class BaselineTest {
    private static final Path CLASSES = Path.of("target", "classes");
    private static final Path BASELINE = Path.of("src", "test", "baseline", "api.txt");
    private static final String CONSUMER = "Lorg/osgi/annotation/versioning/ConsumerType;";
    private static final String PROVIDER = "Lorg/osgi/annotation/versioning/ProviderType;";

    /** The line that declares a type; its name. */
    private static final Pattern DECLARATION = Pattern.compile("^\\S.*?\\b(?:class|interface) ([\\w.$]+)");

    private static final String WHAT_TO_DO = """
            The API of bundles/io.pgfault.api has changed in a way that breaks other people's bundles: see below.
            If that was not meant: restore what is gone; give a new method of a ConsumerType a default.
            If it was: raise the major version of the package in its package-info.java, and write the baseline anew:
              mvn -pl bundles/io.pgfault.api test -Dtest=BaselineTest -Dbaseline.write=true
            """;

    @Test
    void nothingThatOthersCompiledAgainstHasChanged() throws IOException {
        Set<String> now = signatures();
        if (Boolean.getBoolean("baseline.write")) {
            Files.createDirectories(BASELINE.getParent());
            Files.write(BASELINE, now);
        }
        Set<String> before = new TreeSet<>(Files.readAllLines(BASELINE));
        List<String> broken = new ArrayList<>();
        for (String line : before) {
            // An abstract method that gets a body breaks nobody.
            if (!now.contains(line) && !now.contains(line.replace(" abstract ", " default "))) {
                broken.add("gone: " + line);
            }
        }
        for (String line : now) {
            if (!before.contains(line) && isConsumers(line, before) && line.contains(" abstract ")) {
                broken.add("new for all who implement it: " + line);
            }
        }
        assertThat(broken).as(WHAT_TO_DO).isEmpty();
    }

    private static boolean isConsumers(String line, Set<String> before) {
        return before.contains(type(line) + " | ConsumerType");
    }

    @Test
    void everyInterfaceSaysWhoImplementsIt() throws IOException {
        Set<String> lines = signatures();
        Set<String> silent = lines.stream()
                .filter(line ->
                        line.contains(" | public interface ") && !line.contains("java.lang.annotation.Annotation"))
                .map(BaselineTest::type)
                .filter(type -> lines.contains(type + " | ConsumerType") == lines.contains(type + " | ProviderType"))
                .collect(Collectors.toSet());
        assertThat(silent)
                .as("interfaces with neither or both of @ConsumerType and @ProviderType")
                .isEmpty();
    }

    private static String type(String line) {
        return line.substring(0, line.indexOf(" | "));
    }

    private static Set<String> signatures() throws IOException {
        List<Path> classes;
        try (Stream<Path> files = Files.walk(CLASSES)) {
            classes = files.filter(file -> file.toString().endsWith(".class"))
                    .filter(file -> !file.endsWith("package-info.class"))
                    .toList();
        }
        assertThat(classes).isNotEmpty();
        Set<String> lines = new TreeSet<>();
        String type = "";
        for (String line : javap(classes)) {
            Matcher declaration = DECLARATION.matcher(line);
            if (declaration.find()) {
                type = line.startsWith("public ") ? declaration.group(1) : "";
            }
            if (!type.isEmpty() && !line.startsWith("Compiled from") && !line.equals("}")) {
                lines.add(type + " | " + line.strip().replaceAll("[ {]+$", ""));
            }
        }
        for (Path file : classes) {
            String name = CLASSES.relativize(file)
                    .toString()
                    .replaceAll("[/\\\\]", ".")
                    .replaceAll("\\.class$", "");
            String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
            if (bytes.contains(CONSUMER)) {
                lines.add(name + " | ConsumerType");
            }
            if (bytes.contains(PROVIDER)) {
                lines.add(name + " | ProviderType");
            }
        }
        return lines;
    }

    private static List<String> javap(List<Path> classes) {
        List<String> arguments = new ArrayList<>(List.of("-public", "-constants"));
        classes.forEach(file -> arguments.add(file.toString()));
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out);
        int exit = ToolProvider.findFirst("javap")
                .orElseThrow(() -> new AssertionError("the baseline needs a JDK: its javap prints the signatures"))
                .run(writer, writer, arguments.toArray(String[]::new));
        assertThat(exit).as(out.toString()).isZero();
        return out.toString().lines().toList();
    }
}
