// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.PlatformFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * The metrics of {@code --metrics}: the bundle {@code io.pgfault.metrics}, which listens while its PID has a
 * configuration. One thread, the one of the command.
 */
final class ServedMetrics {
    private static final String PID = "io.pgfault.metrics";
    /** The start level of the command; in the run description the bundle waits at a later one. */
    private static final int AT_ONCE = 1;

    /** The logger of the endpoint, which logs its URL as well; kept here, because a logger is held weakly. */
    private final Logger endpoint = Logger.getLogger(PID + ".internal.MetricsEndpoint");

    private final BundleContext context;
    private final ConfigurationAdmin configurations;
    private final ListenAddress address;
    private final Bundle metrics;

    /**
     * Reads the value of {@code --metrics}, and tries the address.
     *
     * @param value a port, or a host, a colon and a port
     * @throws BadInput if it is neither, the address can't be bound, {@code file} configures the metrics itself, or
     *     this process has no such bundle
     */
    ServedMetrics(BundleContext context, ConfigurationAdmin configurations, String value, PlatformFile file)
            throws BadInput {
        this.context = context;
        this.configurations = configurations;
        address = ListenAddress.parse("--metrics", value);
        metrics = Stream.of(context.getBundles())
                .filter(bundle -> PID.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow(() -> new BadInput("--metrics needs the bundle " + PID + ", which is not installed here"));
        if (file.configurations().containsKey(PID)) {
            throw new BadInput("--metrics " + value + ": " + file.name() + " configures " + PID
                    + "; leave out either the option or the configuration");
        }
        try {
            new ServerSocket(address.port(), 0, InetAddress.getByName(address.host())).close();
        } catch (IOException e) {
            throw new BadInput(
                    "--metrics " + value + ": can't listen there: " + e.getMessage() + "; name a free port", e);
        }
    }

    /**
     * Starts to listen.
     *
     * @return the URL of the metrics
     * @throws BadInput if the endpoint doesn't start
     */
    String start() throws IOException, InterruptedException {
        endpoint.setLevel(Level.WARNING);
        metrics.adapt(BundleStartLevel.class).setStartLevel(AT_ONCE);
        configurations
                .getConfiguration(PID, "?")
                .update(FrameworkUtil.asDictionary(Map.of("host", address.host(), "port", address.port())));
        return PublishedAddress.await(context, "io.pgfault.metrics.address")
                .orElseThrow(() ->
                        new BadInput("--metrics: nothing listens at %s:%d".formatted(address.host(), address.port())));
    }
}
