// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The exported packages of each bundle against their baseline, {@code src/test/baseline/BUNDLE.txt}: one line for each
 * public type and member, as {@code javap} prints them.
 *
 * <p>A line that is gone breaks a class that was compiled against the bundle. A new abstract method of a {@code
 * ConsumerType} breaks a class that implements the type. Every other new line is free.
 */
class BaselineTest {
    private static final String CONSUMER = "Lorg/osgi/annotation/versioning/ConsumerType;";
    private static final String PROVIDER = "Lorg/osgi/annotation/versioning/ProviderType;";
    /** The line that declares a type, and the type's name. */
    private static final Pattern DECLARATION = Pattern.compile("^\\S.*?\\b(?:class|interface) ([\\w.$]+)");

    private static final String WHAT_TO_DO = """
            An exported package of %s has changed in a way that breaks other people's bundles: see below.
            If that was not meant: restore what is gone; give a new method of a ConsumerType a default.
            If it was: raise the major version of the package in its package-info.java, and write the baseline anew:
              mvn verify -pl itests/house -am -Dtest=BaselineTest -Dbaseline.write=true -Dsurefire.failIfNoSpecifiedTests=false
            """;

    /** Bundles with a package that they export. */
    static Stream<Path> exporting() {
        return Sources.bundles().stream()
                .filter(bundle -> !bundle.endsWith("io.pgfault.parts"))
                .filter(bundle -> !exported(bundle).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("exporting")
    void nothingThatOthersCompiledAgainst_hasChanged(Path bundle) throws IOException {
        Path baseline = Path.of("src", "test", "baseline", bundle.getFileName() + ".txt");
        Set<String> now = signatures(bundle);
        if (Boolean.getBoolean("baseline.write")) {
            Files.createDirectories(baseline.getParent());
            Files.write(baseline, now);
        }
        Set<String> before = new TreeSet<>(Files.readAllLines(baseline));
        List<String> broken = new ArrayList<>();
        for (String line : before) {
            // An abstract method that gets a body breaks no class.
            if (!now.contains(line) && !now.contains(line.replace(" abstract ", " default "))) {
                broken.add("gone: " + line);
            }
        }
        for (String line : now) {
            boolean consumers = before.contains(type(line) + " | ConsumerType");
            if (!before.contains(line) && consumers && line.contains(" abstract ")) {
                broken.add("new for every class that implements it: " + line);
            }
        }
        assertThat(broken).as(WHAT_TO_DO, bundle.getFileName()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("exporting")
    void everyExportedInterface_saysWhichSideImplementsIt(Path bundle) throws IOException {
        Set<String> lines = signatures(bundle);
        Set<String> silent = lines.stream()
                .filter(line -> line.matches(".* \\| public (sealed )?interface .*")
                        && !line.contains("java.lang.annotation.Annotation"))
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

    private static Path classes(Path bundle) {
        return bundle.resolve("target").resolve("classes");
    }

    /** The class files of the packages that aren't internal. */
    private static List<Path> exported(Path bundle) {
        try (Stream<Path> files = Files.walk(classes(bundle))) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .filter(file -> !file.endsWith("package-info.class"))
                    .filter(file -> !classes(bundle).relativize(file).toString().contains("internal"))
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Set<String> signatures(Path bundle) throws IOException {
        List<Path> classes = exported(bundle);
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
            String name = classes(bundle)
                    .relativize(file)
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
