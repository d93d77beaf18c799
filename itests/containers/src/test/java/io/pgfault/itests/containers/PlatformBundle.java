// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;

/** The configuration bundle of the operator's page, made as the page says. */
final class PlatformBundle {
    private PlatformBundle() {}

    /**
     * Makes the bundle.
     *
     * @param folder where it is made
     * @param socket the path of the socket, which the page gives relative to the container's folder
     */
    static Path make(OperatorsPage page, Path folder, Path socket) throws IOException {
        Path resource = folder.resolve("OSGI-INF/configurator/platform.json");
        Files.createDirectories(resource.getParent());
        Files.writeString(resource, page.file("platform.json").replace("vm0.sock", socket.toString()));
        Files.writeString(folder.resolve("MANIFEST.MF"), page.file("MANIFEST.MF"));
        List<String> words = List.of(page.session("jar").get(0).split(" "));
        assertThat(words.get(0)).isEqualTo("jar");
        // The tool has no working folder: the names of the page are those of this folder.
        int exit = ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(
                        System.out,
                        System.err,
                        "--create",
                        "--file",
                        folder.resolve(words.get(3)).toString(),
                        "--manifest",
                        folder.resolve(words.get(5)).toString(),
                        "-C",
                        folder.toString(),
                        words.get(6));
        assertThat(exit).isZero();
        return folder.resolve(words.get(3));
    }
}
