// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A stranger's bundle that writes the file {@code stopped} beside its jar when the framework stops the bundle. */
public final class Farewell implements BundleActivator {
    @Override
    public void start(BundleContext context) {}

    @Override
    public void stop(BundleContext context) throws IOException {
        Path jar = Path.of(URI.create(context.getBundle().getLocation()));
        Files.writeString(jar.resolveSibling("stopped"), "stopped");
    }
}
