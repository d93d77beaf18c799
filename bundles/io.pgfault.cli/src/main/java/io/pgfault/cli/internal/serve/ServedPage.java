// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.cli.internal.console.BadInput;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * The page of {@code --console}: the bundle {@code io.pgfault.console} and its HTTP server, which wait in the jar
 * {@code console.jar} at a start level of their own. One thread, the one of the command.
 */
final class ServedPage {
    /** The start level of the page's bundles in {@code console.bndrun}. */
    static final int START_LEVEL = 60;

    private static final String CONSOLE = "io.pgfault.console";
    private static final String DOOR = "io.pgfault.console.webconsole";

    private final BundleContext context;
    private final ConfigurationAdmin configurations;
    private final ListenAddress address;

    /**
     * Reads the value of {@code --console}.
     *
     * @param address a port, or a host, a colon and a port
     * @throws BadInput if it is neither, or this process has no such bundle
     */
    ServedPage(BundleContext context, ConfigurationAdmin configurations, String address) throws BadInput {
        this.address = ListenAddress.parse("--console", address);
        if (Stream.of(context.getBundles()).noneMatch(bundle -> CONSOLE.equals(bundle.getSymbolicName()))) {
            throw new BadInput("--console needs the bundle " + CONSOLE
                    + ", which is not in this jar; the script iopf takes console.jar");
        }
        this.context = context;
        this.configurations = configurations;
    }

    /**
     * Starts the HTTP server and the page.
     *
     * @return the page's address, with the token
     * @throws BadInput if the server can't listen there
     */
    String start() throws IOException, InterruptedException {
        System.setProperty("org.apache.felix.http.host", address.host());
        System.setProperty("org.osgi.service.http.port", Integer.toString(address.port()));
        // The configuration opens the Web Console to the token; without it the Web Console stays closed.
        configurations.getConfiguration(DOOR, "?").update(FrameworkUtil.asDictionary(Map.of()));
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkStartLevel.class)
                .setStartLevel(START_LEVEL);
        return PublishedAddress.await(context, "io.pgfault.console.address")
                .orElseThrow(() -> new BadInput("--console: nothing listens at " + address.host() + ":" + address.port()
                        + "; is the port taken, or the address of another machine?"));
    }
}
