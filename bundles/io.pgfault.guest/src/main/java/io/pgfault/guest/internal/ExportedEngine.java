// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal;

import io.pgfault.api.dma.DmaEngine;
import io.pgfault.guest.internal.engine.EngineServer;
import java.io.IOException;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Gives a DMA engine of the host to a guest: the guest writes descriptors to a socket. Each configuration exports one
 * engine. DS keeps the component active while the engine is registered.
 */
@Component(
        service = {},
        configurationPid = ExportedEngine.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = ExportedEngine.Config.class, factory = true)
public final class ExportedEngine {
    /** The factory PID. */
    static final String PID = "io.pgfault.guest.engine";

    private final EngineServer server;

    /** Configuration of one engine. An underscore stands for a dot: {@code engine.target}. */
    @ObjectClassDefinition(
            name = "I/O page faults: engine for a guest",
            description = "A DMA engine of this host that a guest may use.")
    @interface Config {
        @AttributeDefinition(
                name = "Engine",
                required = false,
                description = "Filter for the engine, for example (io.pgfault.device.name=dma0). Without it, any.")
        String engine_target();

        @AttributeDefinition(
                name = "Socket",
                description =
                        "Path of the Unix domain socket that the guest's device names as engine, up to 107 bytes.")
        String socket();
    }

    /**
     * Opens the socket.
     *
     * @throws IOException if the socket can't be made; the message says why
     */
    @Activate
    public ExportedEngine(@Reference(name = "engine") DmaEngine engine, Config config) throws IOException {
        if (config.socket() == null || config.socket().isBlank()) {
            throw new IllegalArgumentException("a configuration of " + PID + " has no socket; set it to a path");
        }
        this.server = new EngineServer(engine, Path.of(config.socket()));
    }

    @Deactivate
    void deactivate() {
        server.close();
    }
}
