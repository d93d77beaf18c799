// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each picture is what its text says: {@code NAME.svg} beside {@code NAME.txt}. */
class PictureTest {
    static Stream<Path> pictures() {
        try (Stream<Path> files = Files.walk(Sources.ROOT.resolve("bundles"), 2)) {
            return files.filter(path -> path.toString().endsWith(".txt")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("pictures")
    void aPicture_isDrawnFromItsText(Path text) throws IOException {
        String svg = Picture.draw(Files.readAllLines(text));
        Path picture = Path.of(text.toString().replaceFirst("txt$", "svg"));
        if (Boolean.getBoolean("picture.write")) {
            Files.writeString(picture, svg);
        }
        assertThat(picture)
                .as("draw it anew: mvn test -pl itests/house -am -Dtest=PictureTest -Dpicture.write=true")
                .hasContent(svg);
    }
}
