// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rooms are packages: each small, with a door sign, and never two in a circle. */
class RoomsTest {
    private static final int MOST_FILES = 15;
    /** How many types of one package may hold each other. */
    private static final int LARGEST_CIRCLE = 4;

    /** The classes of each bundle, read once for all tests. */
    private static final Map<Path, JavaClasses> CLASSES = new ConcurrentHashMap<>();

    static Stream<Path> bundles() {
        return Sources.bundles().stream();
    }

    @Test
    void noRoom_hasMoreThanFifteenFiles_andEachHasADoorSign() {
        Map<String, Integer> tooMany = new TreeMap<>();
        Set<String> unsigned = new TreeSet<>();
        bundles().forEach(bundle -> rooms(bundle).forEach((room, files) -> {
            if (files.stream()
                            .filter(file -> !file.endsWith("package-info.java"))
                            .count()
                    > MOST_FILES) {
                tooMany.put(Sources.name(room), files.size());
            }
            if (!files.contains(room.resolve("package-info.java"))) {
                unsigned.add(Sources.name(room));
            }
        }));
        assertThat(tooMany).as("packages of more than %d files", MOST_FILES).isEmpty();
        assertThat(unsigned).as("packages without a package-info.java").isEmpty();
    }

    @ParameterizedTest
    @MethodSource("bundles")
    void noTwoRooms_knowEachOther(Path bundle) {
        String root = bundle.getFileName().toString();
        slices().matching(root + "(**)")
                .namingSlices(root + "$1")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(classes(bundle));
    }

    @ParameterizedTest
    @MethodSource("bundles")
    void anExportedRoom_knowsNoInternalOne(Path bundle) {
        assertThat(classes(bundle))
                // The decoder's facade and the reader of traces still import internal rooms of their bundle.
                .filteredOn(type -> !type.getPackageName().startsWith("io.pgfault.trace"))
                .filteredOn(type -> !type.getPackageName().contains(".internal")
                        && !type.getPackageName().startsWith("io.pgfault.parts"))
                .flatExtracting(JavaClass::getDirectDependenciesFromSelf)
                .filteredOn(dependency ->
                        dependency.getTargetClass().getPackageName().contains(".internal"))
                .extracting(Dependency::getDescription)
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("bundles")
    void noCircleOfTypes_isLarge(Path bundle) {
        Map<String, Set<String>> uses = new TreeMap<>();
        JavaClasses classes = classes(bundle);
        classes.forEach(type -> {
            Set<String> used = uses.computeIfAbsent(file(type), name -> new TreeSet<>());
            type.getDirectDependenciesFromSelf().stream()
                    .map(Dependency::getTargetClass)
                    .filter(target -> classes.contain(target.getName()))
                    .forEach(target -> used.add(file(target)));
        });
        assertThat(Circles.of(uses))
                .filteredOn(circle -> circle.size() > LARGEST_CIRCLE)
                .as("types that hold each other; open the circle with a small interface")
                .isEmpty();
    }

    /** The outermost class, which a file is named after. */
    private static String file(JavaClass type) {
        String name = type.getName();
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private static JavaClasses classes(Path bundle) {
        return CLASSES.computeIfAbsent(bundle, of -> new ClassFileImporter().importPath(of.resolve("target/classes")));
    }

    private static Map<Path, List<Path>> rooms(Path bundle) {
        try (Stream<Path> files = Files.walk(bundle.resolve("src/main/java"))) {
            return files.filter(path -> path.toString().endsWith(".java"))
                    .collect(Collectors.groupingBy(Path::getParent, TreeMap::new, Collectors.toList()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
