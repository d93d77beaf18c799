// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the things stand that the build made and these tests test. */
final class Built {
    private static final Path HOME = Path.of(System.getProperty("iopf.home")).normalize();

    /** How the names of bundles begin that wait for {@code serve}. */
    private static final List<String> FOR_SERVE =
            List.of("org.apache.felix.gogo.", "org.apache.felix.fileinstall", "io.pgfault.metrics");

    private Built() {}

    /** A file of the repository. */
    static Path file(String relative) {
        return HOME.resolve(relative);
    }

    /** The executable jar. */
    static Path jar() {
        return file("bndrun/target/iopf.jar");
    }

    /** The bundles inside the executable jar, the framework aside. */
    static List<Path> bundles() {
        try (Stream<Path> files = Files.list(file("bndrun/target/bundles/export/iopf"))) {
            return files.filter(f -> f.toString().endsWith(".jar")).sorted().toList();
        } catch (IOException e) {
            throw new IllegalStateException("the bundles of bndrun have not been exported", e);
        }
    }

    /** Whether the bundle waits for {@code serve}: its start level in the run description is above 1. */
    static boolean isForServe(Path bundle) {
        String name = bundle.getFileName().toString();
        return FOR_SERVE.stream().anyMatch(name::startsWith);
    }

    /**
     * Whether it is the bundle that watches a folder once it is started, which {@code serve} does if it is asked to.
     */
    static boolean isFolderWatcher(Path bundle) {
        return bundle.getFileName().toString().startsWith("org.apache.felix.fileinstall");
    }

    /** The page of {@code serve --console}. */
    static Path page() {
        return file("bundles/io.pgfault.console/target/io.pgfault.console-0.1.0-SNAPSHOT.jar");
    }

    /** The conformance kit for grammars. */
    static Path grammarKit() {
        return file("bundles/io.pgfault.tck.grammar/target/io.pgfault.tck.grammar-0.1.0-SNAPSHOT.jar");
    }

    /** Our own among them. */
    static List<Path> ownBundles() {
        return bundles().stream()
                .filter(f -> f.getFileName().toString().startsWith("io.pgfault."))
                .toList();
    }
}
