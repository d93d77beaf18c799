// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The text files of the repository, found from the folder of this module. */
final class Sources {
    static final Path ROOT = Path.of("").toAbsolutePath().getParent().getParent();

    private static final Set<String> WRITTEN = Set.of("target", ".git", ".cache");

    private Sources() {}

    /** Every text file that people write: Java, Markdown, run descriptions, poms, samples of configuration. */
    static List<Path> written() {
        return find(path -> named(path, ".java", ".md", ".xml", ".bndrun", ".json", ".svg"));
    }

    static List<Path> java() {
        return find(path -> named(path, ".java"));
    }

    static List<Path> tests() {
        return find(path -> named(path, ".java")
                && (path.toString().contains("/src/test/") || path.startsWith(ROOT.resolve("itests"))));
    }

    static List<Path> markdown() {
        return find(path -> named(path, ".md"));
    }

    /** The bundles' source folders. */
    static List<Path> bundles() {
        try (Stream<Path> bundles = Files.list(ROOT.resolve("bundles"))) {
            return bundles.filter(bundle -> Files.isDirectory(bundle.resolve("src/main/java")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String name(Path path) {
        return ROOT.relativize(path).toString();
    }

    private static boolean named(Path path, String... ends) {
        return Stream.of(ends).anyMatch(path.toString()::endsWith);
    }

    /** Does not enter what the build or git writes: other modules may be building there. */
    private static List<Path> find(Predicate<Path> wanted) {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return WRITTEN.contains(folder.getFileName().toString())
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (attributes.isRegularFile() && wanted.test(file)) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        found.sort(null);
        return found;
    }
}
