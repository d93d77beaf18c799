// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** "Which bundle may know which" of {@code bundles/README.md}, read from the imports of the built manifests. */
class LayersIT {
    /** Prefixes of packages of ours that a bundle may import. A package of its own is always allowed. */
    private static final Map<String, List<String>> MAY_KNOW = Map.ofEntries(
            Map.entry("io.pgfault.api", List.of()),
            Map.entry("io.pgfault.core", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.sva", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.userfault", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.vtd", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.smmuv3", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.endpoint", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.trace", List.of("io.pgfault.api", "io.pgfault.vtd.spec", "io.pgfault.smmuv3.spec")),
            Map.entry("io.pgfault.guest", List.of("io.pgfault.api", "io.pgfault.userfault.spec")),
            Map.entry("io.pgfault.iommufd", List.of("io.pgfault.api", "io.pgfault.userfault.spec")),
            Map.entry("io.pgfault.tck", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.tck.grammar", List.of("io.pgfault.trace")),
            Map.entry("io.pgfault.console", List.of("io.pgfault.api", "io.pgfault.trace")),
            Map.entry("io.pgfault.metrics", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.bench", List.of("io.pgfault.api")),
            Map.entry("io.pgfault.lab", List.of("io.pgfault.api", "io.pgfault.trace")),
            Map.entry(
                    "io.pgfault.cli",
                    List.of(
                            "io.pgfault.api",
                            "io.pgfault.trace",
                            "io.pgfault.bench",
                            "io.pgfault.lab",
                            "io.pgfault.tck")));

    /** A vendor never names SVA, and only drivers and devices meet on the bus. */
    private static final Map<String, List<String>> MUST_NOT_KNOW = Map.of(
            "io.pgfault.core", List.of("io.pgfault.api.bus", "io.pgfault.api.sva"),
            "io.pgfault.sva", List.of("io.pgfault.api.bus"),
            "io.pgfault.userfault", List.of("io.pgfault.api.bus"),
            "io.pgfault.vtd", List.of("io.pgfault.api.sva"),
            "io.pgfault.smmuv3", List.of("io.pgfault.api.sva"));

    /** Those of the executable jar; the page, which is in a jar of its own; the kit for authors of grammars. */
    static Stream<Path> ownBundles() {
        return Stream.concat(Built.ownBundles().stream(), Stream.of(Built.page(), Built.grammarKit()));
    }

    @Test
    void everyBundleOfTheHouseIsThere() {
        assertThat(ownBundles().map(LayersIT::symbolicName)).containsAll(MAY_KNOW.keySet());
    }

    @ParameterizedTest
    @MethodSource("ownBundles")
    void importsOnlyWhatItMayKnow(Path jar) {
        String name = symbolicName(jar);
        List<String> forbidden = new ArrayList<>();
        for (String imported : packages(jar, "Import-Package")) {
            boolean ours = imported.startsWith("io.pgfault.");
            boolean allowed =
                    within(imported, name) || MAY_KNOW.get(name).stream().anyMatch(known -> within(imported, known));
            boolean denied =
                    MUST_NOT_KNOW.getOrDefault(name, List.of()).stream().anyMatch(other -> within(imported, other));
            if (ours && (!allowed || denied)) {
                forbidden.add(imported);
            }
        }
        assertThat(forbidden).as("packages that %s must not import", name).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("ownBundles")
    void exportsNothingInternal(Path jar) {
        assertThat(packages(jar, "Export-Package")).noneMatch(exported -> exported.contains("internal"));
    }

    @ParameterizedTest
    @MethodSource("ownBundles")
    void needsNoClassOfAContainer(Path jar) {
        assertThat(packages(jar, "Import-Package"))
                .noneMatch(imported ->
                        within(imported, "org.apache.felix.framework") || within(imported, "org.eclipse.osgi"));
    }

    @ParameterizedTest
    @MethodSource("ownBundles")
    void runsOnJava17(Path jar) {
        assertThat(header(jar, "Require-Capability")).contains("(&(osgi.ee=JavaSE)(version=17))");
    }

    private static boolean within(String name, String prefix) {
        return name.equals(prefix) || name.startsWith(prefix + ".");
    }

    private static String symbolicName(Path jar) {
        return header(jar, "Bundle-SymbolicName");
    }

    /** The package names of a header; attributes and directives follow after semicolons, versions may hold commas. */
    private static List<String> packages(Path jar, String header) {
        String unquoted = header(jar, header).replaceAll("\"[^\"]*\"", "");
        return Stream.of(unquoted.split(","))
                .flatMap(clause -> Stream.of(clause.split(";")))
                .filter(part -> !part.isBlank() && !part.contains("="))
                .map(String::strip)
                .toList();
    }

    private static String header(Path jar, String name) {
        try (JarFile file = new JarFile(jar.toFile())) {
            Attributes attributes = file.getManifest().getMainAttributes();
            String value = attributes.getValue(name);
            return value == null ? "" : value;
        } catch (IOException e) {
            throw new IllegalStateException(jar.toString(), e);
        }
    }
}
