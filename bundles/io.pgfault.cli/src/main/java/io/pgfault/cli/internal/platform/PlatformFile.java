// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.cli.internal.console.BadInput;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.felix.cm.json.io.ConfigurationReader;
import org.apache.felix.cm.json.io.Configurations;

/**
 * A platform as configurations by PID: a Configurator resource (OSGi Compendium, chapter 150).
 *
 * @param name the name of the file in messages
 * @param configurations by PID, {@code factoryPid~name} for factory configurations; in the file's order
 */
public record PlatformFile(String name, Map<String, Dictionary<String, Object>> configurations) {

    /**
     * Reads a file.
     *
     * @throws BadInput if the file can't be read or is no Configurator resource
     */
    public static PlatformFile read(Path path) throws IOException {
        try (Reader reader = Files.newBufferedReader(path)) {
            return of(
                    path.toString(),
                    Configurations.buildReader()
                            .verifyAsBundleResource(true)
                            .withIdentifier(path.toString())
                            .build(reader));
        } catch (NoSuchFileException e) {
            throw new BadInput(path + ": no such platform file", e);
        }
    }

    /**
     * Makes a platform of JSON in the form of a Configurator resource; {@code name} stands for the file in messages.
     */
    public static PlatformFile of(String name, JsonObject json) throws IOException {
        return of(
                name,
                Configurations.buildReader()
                        .verifyAsBundleResource(true)
                        .withIdentifier(name)
                        .build(json));
    }

    private static PlatformFile of(String name, ConfigurationReader reader) throws IOException {
        Map<String, Dictionary<String, Object>> found = new LinkedHashMap<>();
        try {
            found.putAll(reader.readConfigurationResource().getConfigurations());
        } catch (IOException | JsonException e) {
            throw new BadInput(name + ": not a Configurator resource: " + firstLine(e), e);
        }
        if (!reader.getIgnoredErrors().isEmpty()) {
            throw new BadInput(name + ": " + reader.getIgnoredErrors().get(0));
        }
        return new PlatformFile(name, found);
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
