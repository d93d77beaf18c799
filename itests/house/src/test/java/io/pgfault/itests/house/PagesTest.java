// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A first page is read in a minute; what is longer has a page of its own. */
class PagesTest {
    private static final int LARGEST_FIRST_PAGE = 9 * 1024;

    static Stream<Path> bundles() {
        return Sources.bundles().stream();
    }

    @ParameterizedTest
    @MethodSource("bundles")
    void theReadmeOfABundle_has20To80Lines(Path bundle) {
        assertThat(Sources.text(bundle.resolve("README.md")).lines().count())
                .as("lines of the README of %s", bundle.getFileName())
                .isBetween(20L, 80L);
    }

    @Test
    void theFirstPage_isShorterThan9KiB() {
        assertThat(Sources.ROOT.resolve("README.md").toFile().length()).isLessThan(LARGEST_FIRST_PAGE);
    }
}
