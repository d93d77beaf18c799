// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.Reader;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The OSGi feature installs what the executable jar holds: the feature analyser misses services without a provider. */
class FeaturesIT {
    @Test
    void osgiFeatureHasEveryBundleOfTheJarButShellAndFolderWatcher() throws Exception {
        List<String> listed;
        try (Reader reader =
                Files.newBufferedReader(Built.file("features/src/main/features/io.pgfault.feature.json"))) {
            // The id of a bundle is groupId:artifactId:version.
            listed =
                    Json.createReader(reader)
                            .readObject()
                            .getJsonArray("bundles")
                            .getValuesAs(JsonObject.class)
                            .stream()
                            .map(bundle -> bundle.getString("id").split(":")[1])
                            .toList();
        }
        List<String> shipped = Built.bundles().stream()
                .map(file -> file.getFileName().toString().replaceFirst("-\\d.*\\.jar$", ""))
                // The shell: a container has its own, and with it JLine.
                .filter(name -> !name.startsWith("org.apache.felix.gogo.") && !name.equals("jline"))
                // File Install would watch a folder that no operator asked for. A container that wants File Install has
                // one of its own.
                .filter(name -> !name.equals("org.apache.felix.fileinstall"))
                .toList();
        assertThat(shipped).isNotEmpty();
        assertThat(listed).containsAll(shipped);
    }
}
